// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Page: 2})
	for i := range 5 {
		run(t, m, step{put, fmt.Sprintf("/infra/segments/s%d", i), `{}`, "200"})
	}
	run(t, m, step{put, "/infra/segments/s0/ports/p", `{}`, "200"})
	var ids []string
	cursor := ""
	for page := range 3 {
		list := ask(t, m, get, "/infra/segments?page_size=1000&cursor="+cursor, "").body
		for _, x := range list["results"].([]any) {
			ids = append(ids, x.(map[string]any)["id"].(string))
		}
		if count := list["result_count"]; (count != nil) != (page == 0) {
			t.Errorf("result_count of page %d is %v", page, count)
		}
		cursor, _ = list["cursor"].(string)
		if (cursor == "") != (page == 2) {
			t.Errorf("the cursor of page %d is %q", page, cursor)
		}
	}
	if got := fmt.Sprint(ids); got != "[s0 s1 s2 s3 s4]" {
		t.Errorf("listed: %s", got)
	}
	run(t, m,
		step{get, "/infra/segments?page_size=1001", "", "400/255"},
		step{get, "/infra/segments?cursor=*", "", "400/255"},
		step{get, "/infra/segments/none/ports", "", "404/600"},
	)
}

func TestSearchUnderstandsConditions(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	run(t, m, step{put, segment, `{}`, "200"},
		step{put, port, `{"attachment": {"id": "a1-b2"}, "tags": [{"scope": "novasphere-id", "tag": "7"}, {"scope": "x", "tag": "dc1/vm:web"}]}`,
			"200"},
		step{put, segment + "/ports/q", `{}`, "200"})
	for _, c := range []struct {
		query string
		found int
	}{
		{"resource_type:SegmentPort", 2},
		{"resource_type:SegmentPort AND marked_for_delete:false AND attachment.id:a1-b2", 1},
		{"resource_type:SegmentPort AND marked_for_delete:true", 0},
		{`resource_type:SegmentPort AND tags.scope:novasphere\-id AND tags.tag:7`, 1},
		{`tags.scope:NOVASPHERE-ID`, 1},
		{`tags.tag:dc1\/vm\:web`, 1},
		{`tags.tag:"dc1/vm:web"`, 1},
		{`tags.tag:dc1*`, 1},
		{`tags.tag:dc1`, 0},
		{`resource_type:GenericPolicyRealizedResource AND entity_type:RealizedLogicalPort AND intent_paths:\/infra\/segments\/s\/*`, 2},
		{"path:\\/infra\\/segments\\/s\\/ports\\/q", 1},
	} {
		a := ask(t, m, get, "/search/query?query="+url.QueryEscape(c.query), "")
		if results, _ := a.body["results"].([]any); len(results) != c.found {
			t.Errorf("%s finds %d objects, not %d: %v", c.query, len(results), c.found, a.body)
		}
	}
	for _, query := range []string{"tags.tag:dc1/vm", "SegmentPort", "a:b OR c:d", ""} {
		run(t, m, step{get, "/search/query?query=" + url.QueryEscape(query), "", "400/255"})
	}
}

func TestSearchIsBehind(t *testing.T) {
	t.Parallel()
	delays := slow
	delays.Delete = 3 * slow.Search
	m := Start(t, Options{Delays: delays})
	found := func(query string) int {
		t.Helper()
		a := ask(t, m, get, "/search/query?query="+url.QueryEscape("resource_type:Segment AND "+query), "")
		return len(a.body["results"].([]any))
	}
	run(t, m, step{put, segment, `{"description": "old"}`, "200"})
	if n := found("id:s"); n != 0 {
		t.Errorf("%d segments are found at once", n)
	}
	m.Advance(slow.Search)
	run(t, m, step{put, segment, `{"description": "new", "_revision": 0}`, "200"})
	if old, latest := found("description:old"), found("description:new"); old != 1 || latest != 0 {
		t.Errorf("what is found is not what was true before: %d, %d", old, latest)
	}
	run(t, m, step{del, segment, "", "200"})
	m.Advance(slow.Search)
	if marked, other := found("marked_for_delete:true"), found("marked_for_delete:false"); marked != 1 || other != 0 {
		t.Errorf("a segment that is being deleted is found as marked: %d, %d", marked, other)
	}
}

func TestSearchKnowsWhatIsRealized(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"})
	for i, c := range []struct {
		passes time.Duration
		want   string
	}{
		{slow.Publish, "[]"}, {slow.Realize, "[UNREALIZED]"}, {slow.Search, "[REALIZED]"},
	} {
		m.Advance(c.passes)
		a := ask(t, m, get, "/search/query?query="+url.QueryEscape("entity_type:RealizedLogicalSwitch"), "")
		states := []any{}
		for _, x := range a.body["results"].([]any) {
			states = append(states, x.(map[string]any)["state"])
		}
		expect(t, fmt.Sprintf("after %d hours", i+1), fmt.Sprint(states), c.want)
	}
}

// TestTooManyRequests asks more often than it has to: on a busy machine few requests fall into one second.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Rate: 3})
	for i := range 100 {
		a := ask(t, m, get, "/infra/segments", "")
		if i < 3 {
			expect(t, fmt.Sprintf("request %d", i), a.verdict, "200")
			continue
		}
		if a.verdict == "429/102" {
			if code, isText := a.body["error_code"].(string); !isText || code != "102" {
				t.Errorf("error_code is %v, and no string", a.body["error_code"])
			}
			return
		}
	}
	t.Error("a hundred requests, one after the other, are never too many")
}

func TestTooManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Concurrent: 1})
	held, release := make(chan struct{}), make(chan struct{})
	m.Tamper(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		close(held)
		<-release
		w.WriteHeader(http.StatusOK)
	})
	first := make(chan error)
	r := request(t, m, get, "/infra/segments", "")
	go func() {
		response, err := client(m).Do(r)
		if err == nil {
			response.Body.Close()
		}
		first <- err
	}()
	<-held
	expect(t, "a request beside another", ask(t, m, get, "/infra/segments", "").verdict, "429/102")
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
		m := Start(t, Options{Version: version})
		if got := ask(t, m, get, "/api/v1/node/version", "").body["product_version"].(string); got[:len(version)+1] != version+"." {
			t.Errorf("product_version of %s is %s", version, got)
		}
		zones := ask(t, m, get, EnforcementPoint+"/transport-zones", "").body["results"].([]any)
		if len(zones) != 2 {
			t.Errorf("transport zones: %v", zones)
		}
	}
}
