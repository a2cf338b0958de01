// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type port struct {
	ID string `json:"id"`
}

const ports = web + "/ports"

// pages serves a list of n objects in pages of size, with the cursor that the given function makes.
func (m *manager) pages(n, size int, cursor func(read int) string) {
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != policy+ports {
			return false
		}
		begin := 0
		if at := r.URL.Query().Get("cursor"); at != "" {
			begin, _ = strconv.Atoi(strings.TrimPrefix(at, "c"))
		}
		end := min(begin+size, n)
		body := map[string]any{"results": []port{}}
		for i := begin; i < end; i++ {
			body["results"] = append(body["results"].([]port), port{strconv.Itoa(i)})
		}
		if begin == 0 {
			body["result_count"] = n
		}
		if c := cursor(end); c != "" {
			body["cursor"] = c
		}
		write(w, 200, body)
		return true
	}
}

// TestList: all pages are read, whichever way NSX tells the last one.
func TestList(t *testing.T) {
	t.Parallel()
	opaque := func(n int, last string) func(int) string {
		return func(read int) string {
			if read == n {
				return last
			}
			return "c" + strconv.Itoa(read)
		}
	}
	for name, test := range map[string]struct {
		n, calls int
		cursor   func(int) string
	}{
		"none":         {0, 1, opaque(0, "")},
		"one page":     {3, 1, opaque(3, "")},
		"three pages":  {7, 3, opaque(7, "")},
		"full pages":   {6, 2, opaque(6, "")},
		"zeros":        {7, 3, opaque(7, "00000000")},
		"counted":      {7, 3, strconv.Itoa},
		"counted full": {6, 2, strconv.Itoa},
	} {
		m := newManager(t)
		m.pages(test.n, 3, test.cursor)
		got, err := List[port](t.Context(), m.client(t), ports, nil)
		want := make([]port, test.n)
		for i := range want {
			want[i].ID = strconv.Itoa(i)
		}
		if err != nil || !slices.Equal(got, want) || m.count("GET "+policy+ports) != test.calls {
			t.Errorf("%s: %v, %v, %d calls", name, got, err, m.count("GET "+policy+ports))
		}
	}
}

// TestListFails: a list that does not end and one that is not there are errors, and no short lists.
func TestListFails(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.pages(7, 3, func(int) string { return "c3" })
	if got, err := List[port](t.Context(), m.client(t), ports, nil); err == nil || !strings.Contains(err.Error(), "the ports of network web") {
		t.Errorf("one that does not end: %v, %v", got, err)
	}
	m = newManager(t)
	if _, err := List[port](t.Context(), m.client(t), ports, nil); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	_, err := List[port](t.Context(), m.client(t), "/infra/realized-state/realized-entities", url.Values{"intent_path": {web}})
	if err == nil || !strings.HasPrefix(err.Error(), "the realized state of network web cannot be listed") {
		t.Errorf("a realized state: %v", err)
	}
}

// TestSearch: a search that is not ready is waited for, a page that is too large for NSX is asked for smaller, and what NSX cannot find
// all of is an error.
func TestSearch(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	var sizes []string
	count := 2
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != policy+"/search/query" {
			return false
		}
		sizes = append(sizes, r.URL.Query().Get("page_size"))
		switch {
		case len(sizes) == 1:
			refuse(w, 400, 60508, "index is being built")
		case len(sizes) == 2:
			refuse(w, 503, 60576, "response is too large")
		case r.URL.Query().Get("query") != `resource_type:SegmentPort AND tag:a\-b\/c\:d`:
			refuse(w, 400, 255, "query")
		default:
			write(w, 200, map[string]any{"results": []port{{"1"}, {"2"}}, "result_count": count})
		}
		return true
	}
	c := m.client(t)
	find := func() ([]port, error) {
		return Search[port](t.Context(), c, "resource_type:SegmentPort AND tag:"+Escape("a-b/c:d"))
	}
	if got, err := find(); err != nil || len(got) != 2 || fmt.Sprint(sizes) != "[1000 1000 100]" {
		t.Errorf("%v, %v, %v", got, err, sizes)
	}
	count = searchable
	if got, err := find(); err == nil {
		t.Errorf("of too many: %v", got)
	}
}
