from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats import json_lines
from pinfold.formats.chat import Step, ToolCall, read
from pinfold.model import Unread

OPENAI = [
    {"role": "system", "content": "be good"},
    {"role": "user", "content": "look around"},
    {
        "role": "assistant",
        "content": "I look.",
        "reasoning_content": "first ls",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "README.md"},
]
ANTHROPIC = [
    {"role": "user", "content": [{"type": "text", "text": "look around"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "first ls"},
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "1", "name": "bash", "input": {"command": "ls"}},
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "README.md"}]}]},
]


def steps(data: object, path: str = "r.jsonl") -> list[Step | Unread]:
    return list(read(data if isinstance(data, bytes | list) else json.dumps(data).encode(), path))


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def test_openai_messages():
    system, user, agent, tool = steps([line({"trajectory_id": "t1", "messages": OPENAI})])
    assert (system.read, user.read, tool.read) == ("be good", "look around", "README.md")
    assert agent.did == (ToolCall("bash", {"command": "ls"}),)
    assert agent.said == "I look.\nfirst ls"
    assert agent.read == ""
    assert [step.index for step in (system, user, agent, tool)] == [0, 1, 2, 3]
    assert agent.trajectory == "t1"
    assert str(agent.place) == "r.jsonl:1:1 (step 2)"


def test_anthropic_blocks():
    user, agent, result = steps([line({"id": "t1", "system": "be good", "messages": ANTHROPIC})])
    assert user.read == "be good\nlook around"
    assert agent.did == (ToolCall("bash", {"command": "ls"}),)
    assert agent.said == "first ls\nI look."
    assert result.read == "README.md"
    assert result.did == ()


@pytest.mark.parametrize("indent", [None, 2])
def test_one_json_document(indent):
    for document in (ANTHROPIC, {"messages": ANTHROPIC}):
        found = steps(json.dumps(document, indent=indent).encode())
        assert [step.did for step in found] == [(), (ToolCall("bash", {"command": "ls"}),), ()]
        assert [step.index for step in found] == [0, 1, 2]


def test_a_document_of_several_conversations():
    found = steps(json.dumps([{"messages": ANTHROPIC}, ANTHROPIC], indent=1).encode())
    assert [step.trajectory for step in found] == ["r.jsonl#0"] * 3 + ["r.jsonl#1"] * 3


def test_one_message_a_line():
    found = steps([line({**message, "session_id": "s", "id": str(n)}) for n, message in enumerate(OPENAI)])
    assert [(step.trajectory, step.index, step.place.line) for step in found] == [
        ("s", 0, 1),
        ("s", 1, 2),
        ("s", 2, 3),
        ("s", 3, 4),
    ]


def test_conversations_without_a_name_are_told_apart_by_line():
    found = steps([line(ANTHROPIC), line({"messages": ANTHROPIC})])
    assert {step.trajectory for step in found} == {"r.jsonl:1", "r.jsonl:2"}


def test_repeated_names_are_told_apart():
    found = steps([line({"task_id": "t", "messages": ANTHROPIC[:1]})] * 3)
    assert [step.trajectory for step in found] == ["t", "t (r.jsonl:2)", "t (r.jsonl:3)"]


@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            {"role": "assistant", "function_call": {"name": "run", "arguments": '{"a": 1}'}},
            ToolCall("run", {"a": 1}),
        ),
        ({"role": "assistant", "function_call": {"name": "run", "arguments": "{broken"}}, ToolCall("run", "{broken")),
        ({"role": "assistant", "tool_calls": [{"custom": {"name": "p", "input": "x"}}]}, ToolCall("p", "x")),
        ({"type": "function_call", "name": "run", "arguments": '{"a": 1}'}, ToolCall("run", {"a": 1})),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "r", "arguments": "[1]"}}]},
            ToolCall("r", {"arguments": [1]}),
        ),
        ({"role": "assistant", "tool_calls": [{"function": {"name": 3}}]}, ToolCall("", {})),
    ],
)
def test_forms_of_calls(message, call):
    (step,) = steps([line([message])])
    assert step.did == (call,)


def test_a_request_with_its_response():
    record = {
        "request": {"messages": OPENAI[:2]},
        "response": {"choices": [{"message": OPENAI[2]}]},
    }
    found = steps([line(record)])
    assert found[-1].did == (ToolCall("bash", {"command": "ls"}),)
    assert [step.index for step in found] == [0, 1, 2]


def test_messages_as_json_text():
    assert len(steps([line({"messages": json.dumps(OPENAI)})])) == 4


def test_times():
    (step,) = steps([line([{"role": "user", "content": "hi", "timestamp": "2026-10-09T08:53:20Z"}])])
    assert step.time == 1_791_536_000.0


def test_what_a_document_quotes_is_not_what_the_agent_did():
    quoted = json.dumps({"type": "tool_use", "name": "bash", "input": {"command": "rm"}})
    (step,) = steps([line([{"role": "tool", "content": quoted}])])
    assert step.did == ()
    assert step.read == quoted


@pytest.mark.parametrize("bad", [b"junk", b"{}", b"[]", b"3", b'{"x": 1}', b'["a"]', b"[" * 100_000])
def test_a_bad_line_is_reported_and_reading_goes_on(bad):
    found = steps([line(ANTHROPIC), bad + b"\n", line(ANTHROPIC)])
    (unread,) = [item for item in found if isinstance(item, Unread)]
    assert unread.reason == "damaged"
    assert unread.path.startswith("r.jsonl:2")
    assert len(found) == 7


def test_a_bad_first_line_does_not_hide_the_others():
    found = steps([b"# export of 2026\n", line(ANTHROPIC), line(OPENAI)])
    assert isinstance(found[0], Unread)
    assert len(found) == 8


def test_a_document_cut_off_in_the_middle():
    assert steps(json.dumps(ANTHROPIC, indent=2).encode()[:-20]) == [
        Unread("r.jsonl", "damaged", steps(json.dumps(ANTHROPIC, indent=2).encode()[:-20])[0].detail)
    ]
    rows = b"[\n" + b",\n".join(json.dumps(message).encode() for message in ANTHROPIC) + b",\n{"
    found = steps(rows)
    assert [item.path for item in found if isinstance(item, Unread)] == ["r.jsonl:1", "r.jsonl:5"]
    assert len(found) == 5


def test_a_document_over_the_limit(monkeypatch):
    monkeypatch.setattr(json_lines, "MAX_DOCUMENT", 100)
    (unread,) = steps(json.dumps(ANTHROPIC, indent=2).encode())
    assert (unread.path, unread.reason) == ("r.jsonl", "limit")


def test_deep_content_is_kept_as_text():
    content: object = "deep"
    for _ in range(40):
        content = [content]
    (step,) = steps([line([{"role": "user", "content": content}])])
    assert "deep" in step.read


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["assistant", "tool_use", "function_call"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "type", "name", "input", "messages", "tool_calls", "function", "arguments", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_is_read_or_reported(value):
    found = steps([line(value)])
    assert found or value is None
    assert all(isinstance(item, Step | Unread) for item in found)


@given(st.binary())
def test_any_bytes_are_read_or_reported(data):
    assert all(isinstance(item, Step | Unread) for item in read(data, "r"))


CALL = {"name": "bash", "arguments": {"command": "ls"}}
AGENT = {"role": "assistant", "content": "", "tool_calls": [{"function": CALL}]}


@pytest.mark.parametrize(
    "value",
    [
        *({key: [AGENT]} for key in ("conversation", "conversations", "history", "trajectory", "prompt", "completion")),
        {"data": {"messages": [AGENT]}},
        {
            "type": "response_item",
            "payload": {"type": "function_call", "name": "bash", "arguments": '{"command": "ls"}'},
        },
        {"output": [{"type": "local_shell_call", "action": {"command": ["ls"]}}]},
        {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "bash", "args": {"command": "ls"}}}]}]},
        {"conversations": [{"from": "gpt", "value": f"I look.\n<tool_call>\n{json.dumps(CALL)}\n</tool_call>"}]},
        {"messages": [{"role": "assistant", "content": f"<tool_call>{json.dumps(CALL)}"}]},
    ],
)
def test_calls_wherever_loggers_keep_them(value):
    [step] = steps(value)
    [call] = step.did
    assert (call.kind, call.arguments["command"]) in [("shell", "ls"), ("shell", ["ls"])]


def test_what_a_tool_of_gemini_returns_is_read():
    parts = [{"functionResponse": {"name": "bash", "response": {"output": "README.md"}}}]
    [step] = steps({"contents": [{"role": "user", "parts": parts}]})
    assert (step.did, step.read) == ((), "README.md")


def test_tags_of_calls_count_only_in_what_the_agent_writes():
    [step] = steps({"messages": [{"role": "user", "content": f"<tool_call>{json.dumps(CALL)}</tool_call>"}]})
    assert step.did == ()


def test_a_written_call_that_is_no_json_is_kept_as_text():
    [step] = steps({"messages": [{"role": "assistant", "content": "<tool_call>bash ls</tool_call> and <tool_call>"}]})
    assert [call.arguments for call in step.did] == ["bash ls", ""]
