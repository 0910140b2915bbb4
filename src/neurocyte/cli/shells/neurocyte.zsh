#compdef neurocyte
# Completion of neurocyte for zsh: sourced after compinit, or as _neurocyte in a folder of $fpath.
_neurocyte() {
    local -a lines
    local kind
    lines=("${(@f)$(neurocyte __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    kind=$lines[1]
    shift lines
    # Of --option=value, only the value is completed.
    [[ $words[CURRENT] == --*=* ]] && compset -P '*='
    (( $#lines )) && _describe -t values value lines
    case $kind in
        files) _files ;;
        folders) _files -/ ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _neurocyte "$@"
else
    compdef _neurocyte neurocyte
fi
