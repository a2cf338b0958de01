// SPDX-License-Identifier: MPL-2.0

package property

import "strings"

// EscapeName escapes slash, backslash and percent sign as vCenter stores names. vCenter keeps an escaped name as it is, since it only
// escapes a percent sign that does not begin an escape sequence.
func EscapeName(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
}

// UnescapeName reverses EscapeName.
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
