// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	put   = http.MethodPut
	get   = http.MethodGet
	patch = http.MethodPatch
	del   = http.MethodDelete
)

func TestBodiesAreChecked(t *testing.T) {
	t.Parallel()
	m := Start(t)
	tags := strings.Repeat(`{"scope": "s", "tag": "t"},`, 30) + `{"scope": "s", "tag": "t"}`
	run(t, m,
		step{get, "/infra/colours/red", "", "404/600"},
		step{get, "/api/v2/anything", "", "404/600"},
		step{put, "/infra/segments/s", `{"display_name": `, "400/220"},
		step{put, "/infra/segments/s", `{"colour": "red"}`, "400/255"},
		step{put, "/infra/segments/s", `{"display_name": 7}`, "400/255"},
		step{put, "/infra/segments/s", `{"id": "another"}`, "400/255"},
		step{put, "/infra/segments/s", `{"resource_type": "SegmentPort"}`, "400/255"},
		step{put, "/infra/segments/s", `{"tags": [` + tags + `]}`, "400/255"},
		step{put, "/infra/segments/s", `{"tags": [{"scope": "` + strings.Repeat("s", 129) + `"}]}`, "400/255"},
		step{put, "/infra/segments/s", `{"display_name": "` + strings.Repeat("n", 256) + `"}`, "400/255"},
		step{put, "/infra/tier-0s/t", `{}`, "405/258"},
		step{put, "/infra/segments", `{}`, "405/258"},
		step{put, "/infra/segments/s/ports/p", `{}`, "404/600"},
		step{put, "/infra/segments/s", `{"id": "s", "resource_type": "Segment", "tags": [{"scope": "s", "tag": "t"}]}`, "200"},
	)
}

func TestPutKnowsTheRevision(t *testing.T) {
	t.Parallel()
	m := Start(t)
	run(t, m,
		step{put, "/infra/segments/s", `{"_revision": 0}`, "412/500071"},
		step{put, "/infra/segments/s", `{"display_name": "web"}`, "200"},
		step{put, "/infra/segments/s", `{"display_name": "web"}`, "400/500127"},
		step{put, "/infra/segments/s", `{"_revision": 1}`, "412/500071"},
		step{put, "/infra/segments/s", `{"_revision": 0, "description": "d"}`, "200"},
		step{put, "/infra/segments/s", `{"_revision": 0}`, "412/500071"},
	)
	held, _ := m.Object("/infra/segments/s")
	if held["_revision"] != 1 || held["display_name"] != "s" || held["description"] != "d" {
		t.Errorf("a PUT replaces all of an object, and its name becomes the id: %v", held)
	}
	conflict := Start(t, Options{Conflict: true})
	run(t, conflict, step{put, "/infra/segments/s", `{"_revision": 0}`, "409/500071"})
}

func TestPatchReplacesUnlessItIsPartial(t *testing.T) {
	t.Parallel()
	m := Start(t)
	run(t, m,
		step{put, "/infra/tier-1s/r", `{}`, "200"},
		step{put, "/infra/segments/s", `{"display_name": "web", "description": "d", "connectivity_path": "/infra/tier-1s/r",
			"subnets": [{"gateway_address": "10.0.0.1/24"}]}`, "200"},
	)
	ask(t, m, patch, "/infra/segments/s", `{"admin_state": "DOWN"}`, "nsx-enable-partial-patch", "true")
	held, _ := m.Object("/infra/segments/s")
	if held["display_name"] != "web" || held["description"] != "d" || held["admin_state"] != "DOWN" {
		t.Errorf("a partial PATCH leaves what is not sent: %v", held)
	}
	a := ask(t, m, patch, "/infra/segments/s", `{"description": "e", "subnets": null}`)
	held, _ = m.Object("/infra/segments/s")
	if a.verdict != "200" || a.body != nil || held["display_name"] != "s" || held["admin_state"] != "UP" {
		t.Errorf("a PATCH replaces what is not sent, and answers nothing: %s %v %v", a.verdict, a.body, held)
	}
	if held["subnets"] == nil || held["connectivity_path"] == nil {
		t.Errorf("a PATCH cannot take away subnets and connectivity_path: %v", held)
	}
	run(t, m, step{put, "/infra/segments/s", `{"_revision": 2, "subnets": null}`, "200"})
	if held, _ = m.Object("/infra/segments/s"); held["subnets"] != nil || held["connectivity_path"] != nil {
		t.Errorf("a PUT takes them away: %v", held)
	}
}

func TestReferencesLeadSomewhere(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Project: "blue"})
	root := "/orgs/default/projects/blue/infra"
	run(t, m,
		step{put, "/infra/segments/s", `{"connectivity_path": "/infra/tier-1s/none"}`, "400/500012"},
		step{put, "/infra/segments/s", `{"connectivity_path": "` + EdgeCluster + `"}`, "400/500012"},
		step{put, "/infra/segments/s", `{"transport_zone_path": "/infra/zones/overlay"}`, "400/500012"},
		step{put, "/infra/tier-1s/r", `{"tier0_path": "` + Tier0 + `"}`, "200"},
		step{put, root + "/segments/s", `{"connectivity_path": "/infra/tier-1s/r"}`, "400/500012"},
		step{put, root + "/segments/s", `{"transport_zone_path": "` + OverlayZone + `"}`, "200"},
		step{get, root + "/segments/s", "", "200"},
		step{get, "/infra/segments/s", "", "404/600"},
		step{get, "/orgs/default/projects/blue", "", "200"},
		step{get, "/orgs/default/projects/red/infra/segments", "", "404/600"},
	)
	old := Start(t, Options{Project: "blue", Version: "3.2.3"})
	run(t, old, step{get, root + "/segments", "", "404/600"}, step{get, "/infra/segments", "", "200"})
}

func TestDeletionTakesTime(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m,
		step{put, "/infra/segments/s", `{}`, "200"},
		step{del, "/infra/segments/s", "", "200"},
		step{get, "/infra/segments/s", "", "404/600"},
		step{del, "/infra/segments/s", "", "404/600"},
		step{put, "/infra/segments/s", `{}`, "400/500045"},
	)
	usual := ask(t, m, get, "/infra/segments", "").body["results"].([]any)
	marked := ask(t, m, get, "/infra/segments?include_mark_for_delete_objects=true", "").body["results"].([]any)
	if len(usual) != 0 || len(marked) != 1 || marked[0].(map[string]any)["marked_for_delete"] != true {
		t.Errorf("what is being deleted is listed only where that is asked for: %v, %v", usual, marked)
	}
	if left := m.Left(); len(left) > 0 {
		t.Errorf("what is being deleted counts as left: %v", left)
	}
	m.Advance(slow.Delete)
	run(t, m, step{put, "/infra/segments/s", `{}`, "200"})
}

func TestDeletionHasAnOrder(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	port := "/infra/segments/s/ports/p"
	run(t, m,
		step{put, "/infra/tier-1s/r", `{}`, "200"},
		step{put, "/infra/tier-1s/r/locale-services/default", `{}`, "200"},
		step{put, "/infra/dhcp-server-configs/d", `{}`, "200"},
		step{put, "/infra/spoofguard-profiles/g", `{"address_binding_allowlist": true}`, "200"},
		step{put, "/infra/segments/s", `{"connectivity_path": "/infra/tier-1s/r", "dhcp_config_path": "/infra/dhcp-server-configs/d"}`, "200"},
		step{put, port, `{}`, "200"},
		step{put, port + "/port-security-profile-binding-maps/DEFAULT", `{"spoofguard_profile_path": "/infra/spoofguard-profiles/g"}`, "200"},
		step{del, "/infra/tier-1s/r", "", "400/500030"},
		step{del, "/infra/dhcp-server-configs/d", "", "400/500030"},
		step{del, "/infra/spoofguard-profiles/g", "", "400/500030"},
		step{del, port, "", "400/500030"},
		step{del, "/infra/segments/s", "", "400/503040"},
		step{del, port + "/port-security-profile-binding-maps/DEFAULT", "", "200"},
		step{del, port, "", "200"},
		step{del, "/infra/segments/s", "", "200"},
		step{del, "/infra/spoofguard-profiles/g", "", "200"},
		step{del, "/infra/dhcp-server-configs/d", "", "200"},
		step{del, "/infra/tier-1s/r", "", "400/500030"},
		step{del, "/infra/tier-1s/r/locale-services/default", "", "200"},
		step{del, "/infra/tier-1s/r", "", "200"},
	)
	if left := m.Left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestPortThatIsBeingDeletedHoldsItsSegment(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m,
		step{put, "/infra/segments/s", `{}`, "200"},
		step{put, "/infra/segments/s/ports/p", `{}`, "200"},
		step{del, "/infra/segments/s/ports/p", "", "200"},
		step{del, "/infra/segments/s", "", "400/503040"},
	)
	m.Advance(slow.Delete)
	run(t, m, step{del, "/infra/segments/s", "", "200"})
}

func TestForceIsAMisuse(t *testing.T) {
	t.Parallel()
	m := Start(t)
	run(t, m, step{put, "/infra/segments/s", `{}`, "200"}, step{del, "/infra/segments/s?force=true&cascade=true", "", "200"},
		step{put, "/infra/ip-pools/p", `{}`, "404/600"})
	if misuses := m.Misuses(); len(misuses) != 3 {
		t.Errorf("misuses: %q", misuses)
	}
}

// watched is a test that takes down its errors and what it has to clean up.
type watched struct {
	testing.TB
	errors   int
	cleanups []func()
}

func (w *watched) Errorf(string, ...any)  { w.errors++ }
func (w *watched) Cleanup(cleanup func()) { w.cleanups = append(w.cleanups, cleanup) }

func TestMisusesFailATest(t *testing.T) {
	t.Parallel()
	w := &watched{TB: t}
	m := Start(w)
	run(t, m, step{put, "/infra/segments/s", `{}`, "200"}, step{del, "/infra/segments/s?force=true", "", "200"})
	for _, cleanup := range w.cleanups {
		cleanup()
	}
	if w.errors != 1 {
		t.Errorf("a misuse that nobody asked for made %d errors", w.errors)
	}
}

func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	m := Start(t)
	run(t, m, step{put, "/infra/segments/s", `{}`, "200"}, step{get, "/infra/segments/s", "", "200"}, step{get, "/infra/segments", "", "200"})
	if n := m.Count(get, "/policy/api/v1/infra/segments/*"); n != 1 {
		t.Errorf("%d segments were read, not 1", n)
	}
	if n := m.Count("", "/policy/api/v1/infra/segments*"); n != 1 {
		t.Errorf("%d lists of segments were read, not 1", n)
	}
	m.ResetCalls()
	m.Tamper(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusBadGateway) })
	run(t, m, step{get, "/infra/segments/s", "", "502"})
	m.Tamper(nil)
	run(t, m, step{get, "/infra/segments/s", "", "200"})
	want := []Call{{get, "/policy/api/v1/infra/segments/s"}, {get, "/policy/api/v1/infra/segments/s"}}
	if !reflect.DeepEqual(m.Calls(), want) {
		t.Errorf("calls: %v", m.Calls())
	}
	if paths := m.Paths("Segment"); !slices.Equal(paths, []string{"/infra/segments/s"}) || !slices.Equal(m.Left(), paths) {
		t.Errorf("segments: %v", paths)
	}
}
