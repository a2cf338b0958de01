package vmspec

import (
	"regexp"
	"strings"
	"unicode"
)

// Hostname makes a host name of an instance's name as Nova does (nova.utils.sanitize_hostname, nova.compute.api): what is not Latin-1 goes,
// 63 characters stay, blanks, underscores and dots become hyphens, and what is neither letter nor digit goes. Where nothing is left it is
// Server- and the id.
func Hostname(name, id string) string {
	latin := []rune{}
	for _, r := range name {
		if r <= unicode.MaxLatin1 {
			latin = append(latin, r)
		}
	}
	latin = latin[:min(len(latin), 63)]
	var out strings.Builder
	for _, r := range latin {
		switch {
		case strings.ContainsRune(" _.", r):
			out.WriteByte('-')
		case r == '-' || unicode.IsLetter(r) || unicode.IsNumber(r):
			out.WriteRune(unicode.ToLower(r))
		}
	}
	if h := strings.Trim(out.String(), "-"); h != "" {
		return h
	}
	return "Server-" + id
}

var (
	hostnameSpace = regexp.MustCompile(`[ _.]+`)
	hostnameBad   = regexp.MustCompile(`[^a-z0-9-]+`)
)

// sanitized is what is left of a name in letters, digits and hyphens, which is all that vSphere's customization takes: a host name, or
// nothing.
func sanitized(name string) string {
	h := hostnameBad.ReplaceAllString(hostnameSpace.ReplaceAllString(strings.ToLower(name), "-"), "")
	h = strings.Trim(h, "-")
	if len(h) > 63 {
		h = strings.TrimRight(h[:63], "-")
	}
	return h
}
