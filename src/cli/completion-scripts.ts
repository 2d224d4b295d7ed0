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
  fish: `function _ltd_index
  set -l found (ltd-index completion words -- (commandline -opc)[2..] "$(commandline -ct)" 2>/dev/null)
  if set -q found[1]
    string join \\n -- $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ltd-index -f -a '(_ltd_index)'`,
} as const;
