// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// list answers a page of a collection. Objects that are marked for deletion are in it only where that is asked for.
func (t *Tree) list(o *Objects, q request) (any, *Refusal) {
	marked := q.query.Get("include_mark_for_delete_objects") == "true"
	if up := o.parent(q.path); o.Get(up) == nil && !slices.Contains(o.Roots, up) {
		return nil, NotThere("the path=[%s] is invalid", up)
	}
	var all []map[string]any
	for path, x := range o.all {
		id, ok := strings.CutPrefix(path, q.path+"/")
		if ok && !strings.Contains(id, "/") && (marked || x.deleted.IsZero()) {
			all = append(all, o.Answer(x, q.Caller))
		}
	}
	return t.pageOf(all, "path", q)
}

// pageOf cuts a page out of what is to be listed, in the order of a property that no two have in common. The cursor stands for the last
// one of the page before, so that what comes and goes between two pages shifts nothing.
func (t *Tree) pageOf(all []map[string]any, key string, q request) (any, *Refusal) {
	of := func(x map[string]any) string { return x[key].(string) }
	slices.SortFunc(all, func(a, b map[string]any) int { return strings.Compare(of(a), of(b)) })
	size, err := strconv.Atoi(q.query.Get("page_size"))
	if err != nil && q.query.Has("page_size") || size < 0 || size > 1000 {
		return nil, Invalid("page_size has to be from 0 to 1000")
	}
	if size == 0 || size > t.page {
		size = t.page
	}
	after, err := base64.RawURLEncoding.DecodeString(q.query.Get("cursor"))
	if err != nil {
		return nil, Invalid("the cursor is not of a list of this server")
	}
	first := slices.IndexFunc(all, func(x map[string]any) bool { return of(x) > string(after) })
	if first < 0 {
		first = len(all)
	}
	last := min(first+size, len(all))
	page := map[string]any{"results": append([]map[string]any{}, all[first:last]...), "sort_by": key, "sort_ascending": true}
	if len(after) == 0 {
		page["result_count"] = len(all)
	}
	if last < len(all) {
		page["cursor"] = base64.RawURLEncoding.EncodeToString([]byte(of(all[last-1])))
	}
	return page, nil
}
