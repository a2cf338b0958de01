package property

import "strings"

// EscapeName writes a name as vCenter keeps it: slash, backslash and percent sign are escaped. Given so, it is left as it is:
// vCenter escapes a percent sign only where it does not begin an escape sequence.
func EscapeName(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
}

// UnescapeName gives a name as people write it, of one that vCenter keeps escaped.
func UnescapeName(name string) string {
	return strings.NewReplacer("%25", "%", "%2f", "/", "%2F", "/", "%5c", `\`, "%5C", `\`).Replace(name)
}

// EscapePath escapes each name of an inventory path.
func EscapePath(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = EscapeName(parts[i])
	}
	return strings.Join(parts, "/")
}
