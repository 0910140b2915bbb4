# Completion of neurocyte for bash 3.2 and later.
_neurocyte() {
    local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}" reply kind
    # bash splits --option=value into three words; what is completed is the last.
    [[ "$current" == "=" ]] && current=""
    reply=$(neurocyte __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
    kind="${reply%%$'\n'*}"
    COMPREPLY=()
    # No unquoted expansion: a name may hold what the shell gives a meaning to.
    while read -r; do
        [[ -n "$REPLY" ]] && COMPREPLY+=("$REPLY")
    done <<<"${reply#"$kind"}"
    case "$kind" in
        files) reply=$(compgen -f -- "$current") ;;
        folders) reply=$(compgen -d -- "$current") ;;
        *) return ;;
    esac
    compopt -o filenames 2>/dev/null
    while read -r; do
        [[ -n "$REPLY" ]] && COMPREPLY+=("$REPLY")
    done <<<"$reply"
}
complete -F _neurocyte neurocyte
