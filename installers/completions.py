"""Completions for bash, zsh and fish, made from the command line's own tables."""

from miaohui.checks.cli import COMMANDS as CHECK
from miaohui.cli import COMMANDS

__all__ = ["bash", "fish", "zsh"]

# The words after a command, where that command has words of its own.
SECOND = {
    "check": tuple(CHECK),
    "relay": ("serve", "admin", "backup", "restore"),
    "log": ("audit", "prove"),
    "care": ("check", "lines"),
}
OPTIONS = ("--data", "--help", "--version")


def bash() -> str:
    first = " ".join((*COMMANDS, *OPTIONS))
    cases = "".join(f'        {name}) words="{" ".join(of)}" ;;\n' for name, of in SECOND.items())
    return f"""\
# Completion of miaohui for bash: its commands, then files.
_miaohui() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{first}"
    elif [ "$COMP_CWORD" -eq 2 ]; then
        case "${{COMP_WORDS[1]}}" in
{cases}        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [ "${{#COMPREPLY[@]}}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o filenames -F _miaohui miaohui
"""


def zsh() -> str:
    first = "\n".join(f"    {_quoted(f'{name}:{one.english}')}" for name, one in COMMANDS.items())
    cases = "".join(f"    {name}) compadd {' '.join(of)} ;;\n" for name, of in SECOND.items())
    return f"""\
#compdef miaohui
# Completion of miaohui for zsh: its commands, then files.
local -a commands
commands=(
{first}
)
if (( CURRENT == 2 )); then
    _describe -t commands 'miaohui command' commands
elif (( CURRENT == 3 )); then
    case $words[2] in
{cases}    *) _files ;;
    esac
else
    _files
fi
"""


def fish() -> str:
    lines = ["# Completion of miaohui for fish: its commands, then files."]
    for name, one in COMMANDS.items():
        told = _quoted(one.english)
        lines.append(f"complete -c miaohui -n __fish_use_subcommand -f -a {name} -d {told}")
    for name, of in SECOND.items():
        words = " ".join(of)
        where = _quoted(f"__fish_seen_subcommand_from {name}")
        lines.append(f"complete -c miaohui -n {where} -a {_quoted(words)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
