// SPDX-License-Identifier: MPL-2.0

package vmspec

import "strings"

// Row is one line of the translation: a flavor's extra spec, an image's property, or both for the same thing.
type Row struct {
	ExtraSpec  string // empty: image only; a trailing * matches any text
	Property   string // empty: flavor only
	Values     string // allowed values, for people
	Effect     string // effect in vSphere, for people
	Precedence string // which key wins where several set the same thing, for people; empty: no other does
	says       string // subject: two extra specs with the same subject are an error
	set        setter
}

// setter reads one value. image is true for an image's property, false for a flavor's extra spec.
type setter func(b *builder, value string, image bool) error

// imageWins is the precedence of rows that flavor and image share: the image is read last, as in Nova.
const imageWins = "the image's property wins"

// covers reports whether the row translates the extra spec.
func (r Row) covers(key string) bool {
	if prefix, open := strings.CutSuffix(r.ExtraSpec, "*"); open {
		return strings.HasPrefix(key, prefix)
	}
	return r.ExtraSpec != "" && r.ExtraSpec == key
}
