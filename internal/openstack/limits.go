// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limit is what one argument may contain: a row of the tables that validators and the documentation read. The bounds count the Unit:
// characters of a text, entries of a collection, or the number itself.
type Limit struct {
	What   string   // for messages, for example "an instance's name"
	At     string   // the arguments that it applies to, for example "compute_instance.name"
	Unit   string   // "characters", "entries", or what a number counts; empty: nothing is counted
	Least  int64    // inclusive
	Most   int64    // inclusive; 0: no bound
	Only   Spelling // for a text; the zero value allows every character
	Source string   // where the rule comes from
}

// Spelling is the set of characters that a text may have.
type Spelling struct {
	Told    string // what is allowed, for messages
	refused func(text string) string
}

// The spellings of OpenStack's APIs.
var (
	// nameSpelling is Nova's rule for names: printable, no blank at either end. Names also become folders on a datastore, so unlike Nova it
	// refuses `.` and `..` as a part of a path.
	nameSpelling = Spelling{"printable characters and blanks, no blank at either end, no `.` or `..` as a part of a path",
		func(text string) string {
			switch {
			case textSpelling.refused(text) != "":
				return textSpelling.refused(text)
			case strings.TrimFunc(text, unicode.IsSpace) != text:
				return "begins or ends with a blank"
			}
			for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '\\' }) {
				if part == "." || part == ".." {
					return "has the part " + part + ", which leads elsewhere in a path"
				}
			}
			return ""
		}}
	// zoneSpelling refuses a colon, which separates a zone from a host ("zone:host").
	zoneSpelling = Spelling{nameSpelling.Told + ", no `:`", func(text string) string {
		if strings.Contains(text, ":") {
			return "has a colon, behind which a host is named"
		}
		return nameSpelling.refused(text)
	}}
	// textSpelling is looser than Nova's rule for keys, which allows ASCII only: a guest reads any text.
	textSpelling = Spelling{"printable characters and blanks", func(text string) string {
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) }) || !utf8.ValidString(text) {
			return "has a character that cannot be printed, such as a line break or a tab"
		}
		return ""
	}}
	keySpelling = Spelling{"letters and digits of ASCII, `-`, `_`, `:`, `.` and blanks", onlyASCII("-_:. ")}
	idSpelling  = Spelling{"letters and digits of ASCII, `.`, `_`, `-` and blanks, no blank at either end", func(text string) string {
		if strings.TrimSpace(text) != text {
			return "begins or ends with a blank"
		}
		return onlyASCII("._- ")(text)
	}}
	tagSpelling  = Spelling{"everything but `,` and `/`", without(",/")}
	pathSpelling = Spelling{"an absolute path: `/etc/motd`, or `C:\\motd` for Windows", func(text string) string {
		drive := len(text) > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/')
		if !strings.HasPrefix(text, "/") && !drive {
			return "is not an absolute path"
		}
		if strings.ContainsFunc(text, unicode.IsControl) {
			return "has a character that cannot be printed"
		}
		return ""
	}}
)

// onlyASCII refuses everything but letters and digits of ASCII and the given further characters.
func onlyASCII(further string) func(string) string {
	return func(text string) string {
		for _, r := range text {
			if (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) && !strings.ContainsRune(further, r) {
				return fmt.Sprintf("has the character %q", r)
			}
		}
		return ""
	}
}

// without refuses the given characters.
func without(characters string) func(string) string {
	return func(text string) string {
		if i := strings.IndexAny(text, characters); i >= 0 {
			return fmt.Sprintf("has the character %q", text[i])
		}
		return ""
	}
}

// Check returns an error that describes what is wrong with a text, or nil.
func (l Limit) Check(text string) error {
	if err := l.CheckNumber(int64(utf8.RuneCountInString(text))); err != nil {
		return err
	}
	if l.Only.refused != nil {
		if why := l.Only.refused(text); why != "" {
			return fmt.Errorf("%s %q %s: it may have %s (%s)", l.What, text, why, strings.ReplaceAll(l.Only.Told, "`", ""), l.Source)
		}
	}
	return nil
}

// CheckNumber returns an error if a number, or a count, is out of bounds.
func (l Limit) CheckNumber(n int64) error {
	switch {
	case n < l.Least && l.Unit == "characters" && n == 0:
		return fmt.Errorf("%s must not be empty", l.What)
	case n < l.Least, l.Most > 0 && n > l.Most:
		return fmt.Errorf("%s has %s, and this has %d (%s)", l.What, l.bounds(), n, l.Source)
	}
	return nil
}

// bounds describes the row's bounds for messages.
func (l Limit) bounds() string {
	switch {
	case l.Most == 0:
		return strings.TrimSpace(fmt.Sprintf("at least %d %s", l.Least, l.Unit))
	case l.Least == 0:
		return strings.TrimSpace(fmt.Sprintf("at most %d %s", l.Most, l.Unit))
	}
	return strings.TrimSpace(fmt.Sprintf("%d to %d %s", l.Least, l.Most, l.Unit))
}

// LimitTable renders rows as a Markdown table for the documentation.
func LimitTable(rows []*Limit) string {
	var out strings.Builder
	out.WriteString("| What | Where | Bounds | Characters | Source |\n|---|---|---|---|---|\n")
	for _, l := range rows {
		at := "`" + strings.Join(strings.Fields(l.At), "`, `") + "`"
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", l.What, at, l.bounds(), l.Only.Told, l.Source)
	}
	return out.String()
}
