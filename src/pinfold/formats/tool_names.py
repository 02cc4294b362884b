"""Names of tools and of their arguments, as coding agents, benchmarks and MCP servers use them (read in November 2026).

Names stand in the plain form of ``tool_call.plain_name``: lower case, words joined by underscores, without server
prefix and without the word "tool".
"""

from __future__ import annotations

from typing import Literal

_SHELL = """
    bash sh zsh shell terminal console command cmd powershell pwsh exec execute run system subprocess bash_20241022
    bash_20250124 execute_bash execute_command execute_commands execute_shell execute_shell_command exec_command
    exec_shell run_command run_commands run_shell run_shell_command run_bash run_terminal_cmd run_terminal_command
    run_in_terminal run_script shell_command shell_exec local_shell terminal_command command_execute bash_command
    send_keys ssh_exec docker_exec write_stdin
"""
_PYTHON = """
    python python3 ipython jupyter python_repl python_interpreter code_interpreter execute_python run_python python_exec
    execute_ipython_cell run_cell execute_code run_code code_execution execute_ipython run_ipython notebook_execute
"""
_READ = """
    read read_file open_file view view_file cat get_file get_file_contents read_many_files read_text_file
    read_multiple_files file_read fs_read load_file open view_image notebook_read list_dir list_directory ls list_files
"""
_WRITE = """
    write write_file write_to_file create_file create edit edit_file multi_edit str_replace_editor str_replace
    str_replace_editor_20250124 replace replace_in_file insert insert_text append_file append_to_file file_write
    fs_write save_file update_file overwrite_file search_replace apply_diff apply_patch notebook_edit delete_file
    create_or_update_file push_files edit_notebook memory
"""
_FETCH = """
    fetch web_fetch fetch_url url_fetch get_url open_url http http_request http_get http_post make_request request curl
    download download_file browser browse browser_navigate navigate goto go_to_url visit visit_page web_browser
    puppeteer_navigate scrape crawl webfetch read_url upload upload_file post_request api_request webhook send_webhook
"""
_SPOKEN = """
    browser_evaluate evaluate javascript run_javascript execute_javascript puppeteer_evaluate node query sql run_query
    execute_sql search web_search grep glob find think todo_write send_message send_email reply post_message finish
    submit ask_user message task agent
"""

Kind = Literal["shell", "python", "read", "write", "fetch", "text"]

TOOLS: dict[str, Kind] = {
    **dict.fromkeys(_SPOKEN.split(), "text"),
    **dict.fromkeys(_FETCH.split(), "fetch"),
    **dict.fromkeys(_WRITE.split(), "write"),
    **dict.fromkeys(_READ.split(), "read"),
    **dict.fromkeys(_PYTHON.split(), "python"),
    **dict.fromkeys(_SHELL.split(), "shell"),
}
"""What a tool of this name does.

``text`` stands for tools whose arguments are words, or code that Pinfold does not read, even if they are called like a
command.
"""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


SHELL_LANGUAGES = _names("bash sh shell zsh console terminal")

COMMAND_KEYS = _names("""
    command commands cmd cmds command_line commandline shell_command bash_command script scripts argv keystrokes
""")
SCRIPT_KEYS = _names("script scripts")
"""Names that mean a command only with tools that are not known for something else, such as a browser."""

CODE_KEYS = _names("code source source_code python python_code cell snippet program input")
SPEAKING_CODE_KEYS = _names("code source_code python python_code")
"""Names that mean code even with a tool of an unknown name."""

PATH_KEYS = _names("""
    path paths file_path filepath file_paths filename file_name file target_file targetfile absolute_path notebook_path
""")
CONTENT_KEYS = _names("""
    content contents file_text new_str new_string new_text newtext text data code_edit new_source new_content
    insert_text insert_line_text replace replacement diff codecontent
""")
URL_KEYS = _names("url urls uri link href endpoint webhook webhook_url")
SAVE_KEYS = _names("destination dest output output_path output_file save_path save_to download_path local_path")
SENT_KEYS = _names("body data json payload params form content headers file file_path filepath files path text")
RECIPIENT_KEYS = _names("to recipient recipients channel channel_id chat_id email address target user agent")
EDIT_VERBS = _names("view create str_replace insert undo_edit delete rename")
INNER_KEYS = _names("files edits operations changes arguments params parameters kwargs tool_input")
"""Names under which arguments hold further arguments, such as several files or edits."""
