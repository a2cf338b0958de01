// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	pageSize   = 1000  // the most that a page may have (NSX API)
	searchable = 50000 // hits that NSX's search finds at most
)

// page is a part of a list (NSX API, ListResult). Only the first tells how many there are.
type page struct {
	Results []json.RawMessage `json:"results"`
	Count   int               `json:"result_count"`
	Cursor  string            `json:"cursor"`
}

// List reads all objects of a collection, by its policy path. The query may ask for more than the collection: intent_path and the like.
func List[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	raw, _, err := c.pages(ctx, path, query, pageSize)
	if err != nil {
		return nil, err
	}
	return decodeAll[T](c, path, raw)
}

// Search finds objects by a query of NSX's search, for example "resource_type:SegmentPort AND attachment.id:…". Values in it are to be
// escaped by Escape. It finds what the user may see in all projects and the default space, as a search of a project alone is not in all
// versions of NSX: an object's path tells where it is. It may not yet know what was changed in the last seconds.
func Search[T any](ctx context.Context, c *Client, query string) ([]T, error) {
	const path = "/search/query"
	for size := pageSize; ; size /= 10 {
		raw, count, err := c.pages(ctx, path, url.Values{"query": {query}}, size)
		var refused *Error
		if size > 1 && errors.As(err, &refused) && tooLarge(refused) {
			continue
		}
		if err == nil && count >= searchable {
			err = fmt.Errorf("a search of NSX finds %d objects or more, of which it shows no more than that: delete what is not needed", searchable)
		}
		if err != nil {
			return nil, err
		}
		return decodeAll[T](c, path, raw)
	}
}

// tooLarge reports whether NSX's search refuses a page because it would be too large, which it does by size in bytes.
func tooLarge(e *Error) bool {
	for _, code := range e.Codes {
		if e.Status == http.StatusServiceUnavailable && code == codeTooLarge || e.Status == http.StatusBadRequest && code == codeInvalid {
			return true
		}
	}
	return false
}

// special are the characters with a meaning in the language of NSX's search.
const special = `\+-=&|><!(){}[]^"~*?:/ `

// Escape returns a value as it stands in a query of NSX's search.
func Escape(value string) string {
	var out strings.Builder
	for _, r := range value {
		if strings.ContainsRune(special, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// pages reads a list with one call for each page. It returns also how many objects NSX has said there are.
func (c *Client) pages(ctx context.Context, path string, query url.Values, size int) (all []json.RawMessage, count int, err error) {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("page_size", strconv.Itoa(size))
	for first := true; ; first = false {
		a, err := c.call(ctx, listing, path, request{query: query, about: aboutIntent(query)})
		if err != nil {
			return nil, 0, err
		}
		var p page
		if err := c.decode(listing, path, a, &p); err != nil {
			return nil, 0, err
		}
		if first {
			count = p.Count
		}
		all = append(all, p.Results...)
		if p.last(count, len(all)) {
			return all, count, nil
		}
		if p.Cursor == query.Get("cursor") {
			return nil, 0, fmt.Errorf("%s cannot be listed: NSX begins the same page again", c.Noun(path))
		}
		query.Set("cursor", p.Cursor)
	}
}

// last reports whether no page follows, where NSX has counted so many objects and so many were read. The cursor of the last page is
// missing, begins with zeros, or is the number of all objects, depending on the version of NSX and on which part of it answers.
func (p page) last(count, read int) bool {
	n, err := strconv.Atoi(p.Cursor)
	return p.Cursor == "" || strings.HasPrefix(p.Cursor, "0000") || err == nil && n == count && read >= count
}

func decodeAll[T any](c *Client, path string, raw []json.RawMessage) ([]T, error) {
	out := make([]T, len(raw))
	for i := range raw {
		if err := c.decode(listing, path, answer{body: raw[i]}, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
