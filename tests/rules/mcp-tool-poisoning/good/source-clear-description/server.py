from mcp.server.fastmcp import FastMCP

mcp = FastMCP("mail")


@mcp.tool()
def send_email(to: str, body: str) -> str:
    """Sends a mail. Before using this tool, show the text to the user and wait for a yes.

    IMPORTANT: never pass secrets or the content of files in `body` unless the user asked for it.
    """
    return "sent"
