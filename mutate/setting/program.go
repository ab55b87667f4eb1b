package setting

import (
	"path"
	"slices"
	"strings"
)

// program returns which of the arguments are those of the program: all before
// "--", since what follows may be another's; or all after it, where the first
// program does nothing but start the one behind it.
func program(argv []string) (first, end int) {
	separator := slices.Index(argv, "--")
	switch {
	case separator < 0:
		return 0, len(argv)
	case slices.Contains(inits, path.Base(argv[0])):
		first, end = program(argv[separator+1:])
		return separator + 1 + first, separator + 1 + end
	}
	return 0, separator
}

// inits are programs that start another and wait for it.
var inits = []string{"tini", "dumb-init", "catatonit"}

// shells are programs whose arguments may be text of theirs.
var shells = []string{"sh", "ash", "bash", "dash", "ksh", "zsh", "busybox"}

// RunsShell reports whether argv starts a shell, at once or with text of its own
// behind another program: what that means is not known here.
func RunsShell(argv []string) bool {
	for i, argument := range argv {
		if slices.Contains(shells, path.Base(argument)) && (i == 0 || i+1 < len(argv) && isTextFlag(argv[i+1])) {
			return true
		}
	}
	return false
}

// isTextFlag reports whether argument is "-c", alone or among other letters.
func isTextFlag(argument string) bool {
	return strings.HasPrefix(argument, "-") && !strings.HasPrefix(argument, "--") && strings.Contains(argument, "c")
}
