#compdef rossgram
# Completion of rossgram for zsh.
_rossgram() {
  local cur="${words[CURRENT]}"
  local -a line found
  line=("${(@)words[1,CURRENT-1]}")
  [[ $cur == -* ]] && line+=("$cur")
  found=("${(@f)$("${line[@]}" --generate-bash-completion 2>/dev/null)}")
  if [[ -n ${found[1]} ]]; then
    _describe rossgram found
  else
    _files
  fi
}
if [[ ${funcstack[1]} == _rossgram ]]; then
  _rossgram "$@"
else
  compdef _rossgram rossgram
fi
