// SPDX-License-Identifier: MPL-2.0

package base

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// longestName is the greatest number of characters a name in the inventory may have.
const longestName = 80

// special is what a vCenter looks at in a name: the three characters that would break inventory paths, and the sequences
// that already stand for one of them.
var special = regexp.MustCompile(`%(25|2[fF]|5[cC])|[%/\\]`)

// StoredName is a name as a vCenter keeps it: slash, backslash and percent sign are escaped. A percent sign that begins an
// escape sequence is not, so that a name which is escaped already stays as it is.
func StoredName(name string) string {
	return special.ReplaceAllStringFunc(name, func(s string) string {
		switch s {
		case "%":
			return "%25"
		case "/":
			return "%2f"
		case `\`:
			return "%5c"
		}
		return s
	})
}

var escapes = strings.NewReplacer("%25", "%", "%2f", "/", "%2F", "/", "%5c", `\`, "%5C", `\`)

// PlainName is what a name stands for: the characters that escape sequences mean.
func PlainName(name string) string { return escapes.Replace(name) }

// CheckName refuses what no object may be called. An escape sequence counts as the character it stands for.
func CheckName(name string) types.BaseMethodFault {
	if name == "" || utf8.RuneCountInString(PlainName(name)) > longestName {
		return &types.InvalidName{Name: name}
	}
	return nil
}

// NameTaken refuses a name that another child of the folder has. The caller holds the folder's lock, as everything does
// that adds a child or names one.
func NameTaken(ctx *simulator.Context, folder mo.Folder, name string, self types.ManagedObjectReference) types.BaseMethodFault {
	other := ctx.Map.FindByName(name, folder.ChildEntity)
	if other == nil || other.Reference() == self {
		return nil
	}
	return &types.DuplicateName{Name: name, Object: other.Reference()}
}
