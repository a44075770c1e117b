"""`completion`: what has a shell complete commands, options, files and values."""

from __future__ import annotations

import click

from cartesia_call.cli import terminal

_NUSHELL = """\
let cartesia_call_next_completer = $env.config.completions.external.completer?
$env.config.completions.external.completer = {|words|
    if $words.0 != "cartesia-call" {
        if $cartesia_call_next_completer != null { do $cartesia_call_next_completer $words }
    } else {
        let plain = $words | each { str replace --all --regex `[\\s'"\\\\]` "_" } | str join " "
        let place = ($words | length) - 1
        (^env _CARTESIA_CALL_COMPLETE=zsh_complete $"COMP_WORDS=($plain)" $"COMP_CWORD=($place)" cartesia-call
            | lines | chunks 3 | where $it.0 == "plain"
            | each {|found| {value: $found.1, description: (if $found.2 == "_" { "" } else { $found.2 })} }
            | if ($in | is-empty) { null } else { $in })
    }
}"""
_ELVISH = """\
use re
use str
set edit:completion:arg-completer[cartesia-call] = {|@words|
    var plain = (str:join ' ' [(each {|word| re:replace '[\\s''"\\\\]' _ $word } $words)])
    var place = (- (count $words) 1)
    var asked = [_CARTESIA_CALL_COMPLETE=zsh_complete COMP_WORDS=$plain COMP_CWORD=$place]
    var found = [(e:env $@asked cartesia-call)]
    range 0 (count $found) &step=3 | each {|at|
        if (==s $found[$at] file) {
            edit:complete-filename $words[-1]
        } else {
            edit:complex-candidate $found[(+ $at 1)]
        }
    }
}"""

SCRIPTS = {
    "bash": ('eval "$(_CARTESIA_CALL_COMPLETE=bash_source cartesia-call)"', "~/.bashrc"),
    "zsh": ('eval "$(_CARTESIA_CALL_COMPLETE=zsh_source cartesia-call)"', "~/.zshrc"),
    "fish": ("_CARTESIA_CALL_COMPLETE=fish_source cartesia-call | source", "~/.config/fish/config.fish"),
    "nushell": (_NUSHELL, "~/.config/nushell/config.nu"),
    "elvish": (_ELVISH, "~/.config/elvish/rc.elv"),
}
"""Shell: what it has to run when it starts, and the file that it reads then.

click writes the scripts of the first three. The others speak its protocol for zsh: three lines for each word
that fits (its type, itself, its help or `_`). It takes the line apart at spaces and quotes, so those inside
of words, such as a message, are replaced first.
"""


@click.command()
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
def completion(shell: str) -> None:
    """Print what sets completion up: commands, options, files and values.

    \b
    Example:
      cartesia-call completion bash >> ~/.bashrc
    """
    script, file = SCRIPTS[shell]
    terminal.print_lines(script)
    terminal.print_note(f"put this into {file}, or run it for this shell only")
