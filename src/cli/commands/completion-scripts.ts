/** A script for each shell. None evaluates what was typed, and each may be read again. */
export const scripts = {
  // Bash offers paths where a completion has no words of its own.
  bash: `# bash completion for strapi-ferry
_strapi_ferry() {
    local line paths='' cur="\${COMP_WORDS[COMP_CWORD]}"
    [[ $cur == = ]] && cur=''
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :paths ]]; then paths=1; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
    done < <(strapi-ferry complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ $paths ]]; then
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _strapi_ferry strapi-ferry
`,
  zsh: `#compdef strapi-ferry
# zsh completion for strapi-ferry
_strapi_ferry() {
    local line paths='' tab=$'\\t'
    local -a found
    while IFS= read -r line; do
        if [[ $line == :paths ]]; then paths=1; else found+=("\${\${line%%$tab*}//:/\\\\:}:\${line#*$tab}"); fi
    done < <(strapi-ferry complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
    (( \${#found} )) && _describe strapi-ferry found
    [[ -n $paths ]] && { compset -P '--*='; _files }
}
if [[ \${funcstack[1]} == _strapi_ferry ]]; then _strapi_ferry; else compdef _strapi_ferry strapi-ferry; fi
`,
  fish: `# fish completion for strapi-ferry
function __strapi_ferry_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    for line in (strapi-ferry complete -- $words[2..-1] "$last" 2>/dev/null)
        if test "$line" = :paths
            set -l flag (string match -r '^--[^=]*=' -- "$last")
            for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- "$last"))
                echo "$flag$path"
            end
        else
            echo $line
        end
    end
end
complete -c strapi-ferry -e
complete -c strapi-ferry -f -a '(__strapi_ferry_complete)'
`,
} as const;
