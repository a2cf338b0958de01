// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// version is how the search saw an object from some time on.
type version struct {
	from time.Time
	body map[string]any
}

// show lets the search know an object as it is, after its delay.
func (o *Objects) show(x *Object) {
	now := o.Now()
	x.shown = append(x.shown, version{now, o.Answer(x, Caller{})})
	for len(x.shown) > 1 && !x.shown[1].from.After(now.Add(-o.Delays.Search)) {
		x.shown = x.shown[1:]
	}
}

// indexed are an object, and what is realized of it, as the search knows them.
func (o *Objects) indexed(x *Object) []map[string]any {
	then := o.Now().Add(-o.Delays.Search)
	var known []map[string]any
	for _, v := range x.shown {
		if !v.from.After(then) {
			known = []map[string]any{v.body}
		}
	}
	if x.Noun.Entity != "" && o.state(x, then) != "" {
		known = append(known, o.entity(x, then))
	}
	return known
}

// search answers a query of conditions that are joined by AND. What else NSX's query language has is refused.
func (t *Tree) search(o *Objects, q request) (any, *Refusal) {
	conditions, refusal := parseQuery(q.query.Get("query"))
	if refusal != nil {
		return nil, refusal
	}
	var found []map[string]any
	for _, x := range o.all {
		for _, body := range o.indexed(x) {
			if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(body) }) {
				found = append(found, body)
			}
		}
	}
	return t.pageOf(found, "path", q)
}

// condition is that a property has a value, in which * stands for anything.
type condition struct {
	property string
	value    *regexp.Regexp
}

func (c condition) holds(body map[string]any) bool {
	return slices.ContainsFunc(values(body, c.property), func(v any) bool { return c.value.MatchString(fmt.Sprint(v)) })
}

// word is a value: in quotes, or with a backslash before each character that means something.
var word = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|(?:[^\s"\\:/()]|\\.)+)$`)

func parseQuery(query string) ([]condition, *Refusal) {
	var all []condition
	for _, part := range strings.Split(query, " AND ") {
		property, value, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || property == "" || !word.MatchString(value) {
			return nil, Invalid("the query has a part that cannot be read, or that is not escaped: %s", part)
		}
		all = append(all, condition{property, pattern(strings.Trim(value, `"`))})
	}
	return all, nil
}

// pattern is what a value matches, whatever the case of letters.
func pattern(value string) *regexp.Regexp {
	var b strings.Builder
	escaped := false
	for _, r := range value {
		switch {
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '*' && !escaped:
			b.WriteString(".*")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	return regexp.MustCompile("(?is)^" + b.String() + "$")
}
