package vmspec

import "strings"

// Row is one line of the translation: a flavor's extra spec, an image's property, or both for the same thing.
type Row struct {
	ExtraSpec  string // empty: image only; a last * stands for anything
	Property   string // empty: flavor only
	Values     string // what may be written, for people
	Effect     string // what it does in vSphere, for people
	Precedence string // who wins where several speak of the same thing, for people; empty: nobody else does
	says       string // what it is about: two extra specs about the same thing are an error
	set        setter
}

// setter takes one value. image says that it is the image's, not the flavor's.
type setter func(b *builder, value string, image bool) error

// imageWins is the precedence of rows that flavor and image share: the image is read last, as in Nova.
const imageWins = "the image's property wins"

// covers reports whether a row is about the extra spec.
func (r Row) covers(key string) bool {
	if prefix, open := strings.CutSuffix(r.ExtraSpec, "*"); open {
		return strings.HasPrefix(key, prefix)
	}
	return r.ExtraSpec != "" && r.ExtraSpec == key
}
