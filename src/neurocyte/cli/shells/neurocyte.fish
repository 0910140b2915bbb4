# Completion of neurocyte for fish 3 and later.
function __neurocyte_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l lines (neurocyte __complete fish $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    # Of --option=value, fish wants all and paths are those of the value.
    set -l option (string match -r -- '^--[^=]+=' "$current")
    set -l value (string replace -r -- '^--[^=]+=' '' "$current")
    switch "$kind"
        case files
            set -a lines (__fish_complete_path "$value")
        case folders
            set -a lines (__fish_complete_directories "$value")
    end
    for line in $lines
        echo -- "$option$line"
    end
end
complete -c neurocyte -f -a '(__neurocyte_complete)'
