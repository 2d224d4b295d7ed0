/** The script of each shell. It asks this program what completes the last of the words so far. */
export const SCRIPTS = {
  bash: `_ltd_index() {
  local IFS=$'\\n'
  COMPREPLY=($(ltd-index completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _ltd_index ltd-index`,
  zsh: `#compdef ltd-index
_ltd_index() {
  local -a found
  found=(\${(f)"$(ltd-index completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  (( $#found )) && compadd -- $found || _files
}
compdef _ltd_index ltd-index`,
  fish: `complete -c ltd-index -a '(ltd-index completion words -- (commandline -opc)[2..] "$(commandline -ct)" 2>/dev/null)'`,
} as const;
