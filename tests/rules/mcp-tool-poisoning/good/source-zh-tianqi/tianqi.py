from mcp.server.fastmcp import FastMCP

mcp = FastMCP("tianqi")


@mcp.tool()
def weather(city: str) -> str:
    """查询天气。调用之前请先确认城市名称，必要时询问用户。单位为摄氏度。"""
    return city
