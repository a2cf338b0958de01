// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Hostname derives a host name from an instance's name as Nova does (nova.utils.sanitize_hostname, nova.compute.api): it drops characters
// outside Latin-1, keeps 63 characters, turns blanks, underscores and dots into hyphens, and drops all else but letters and digits. Where
// nothing is left, the result is Server- and the id.
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

// sanitized returns a name reduced to letters, digits and hyphens, the only characters that vSphere's customization accepts in a host
// name. It may be empty.
func sanitized(name string) string {
	h := hostnameBad.ReplaceAllString(hostnameSpace.ReplaceAllString(strings.ToLower(name), "-"), "")
	h = strings.Trim(h, "-")
	if len(h) > 63 {
		h = strings.TrimRight(h[:63], "-")
	}
	return h
}

// Lengths of computer names in Windows. A longer name keeps its beginning and ends in a part of its hash, because names that differ only
// at their end, as with count, must stay different.
const (
	longestWindowsName = 15
	keptOfWindowsName  = 10
)

// computerName derives a computer name that vSphere accepts: letters, digits and hyphens, and not only digits.
func computerName(windows bool, of string) (string, error) {
	name := sanitized(of)
	switch {
	case name == "":
		return "", openstack.AttributeErrorf("name", "no computer name can be made of %q: vSphere's guest customization takes letters from a to "+
			"z, digits and hyphens, so let the name have some", of)
	case strings.Trim(name, "0123456789") == "":
		return "", openstack.AttributeErrorf("name", "no computer name can be made of %q: vSphere's guest customization takes none that is "+
			"digits alone, so let the name have a letter", of)
	case windows && len(name) > longestWindowsName:
		sum := sha256.Sum256([]byte(name))
		head := strings.TrimRight(name[:keptOfWindowsName], "-")
		name = head + "-" + hex.EncodeToString(sum[:])[:longestWindowsName-keptOfWindowsName-1]
	}
	return name, nil
}
