// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"reflect"
	"sync"
	"testing"
	"time"
)

// entity is the first entity that is realized of the segment, nil as long as there is none.
func entity(t *testing.T, m *Manager) map[string]any {
	t.Helper()
	results := ask(t, m, get, "/infra/realized-state/realized-entities?intent_path="+segment, "").body["results"].([]any)
	if len(results) == 0 {
		return nil
	}
	return results[0].(map[string]any)
}

func status(t *testing.T, m *Manager) any {
	t.Helper()
	body := ask(t, m, get, "/infra/realized-state/status?intent_path="+segment, "").body
	return body["consolidated_status"].(map[string]any)["consolidated_status"]
}

func TestRealizationTakesTime(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"})
	if e := entity(t, m); e != nil || status(t, m) != "UNINITIALIZED" {
		t.Errorf("at first nothing is known: %v", e)
	}
	m.Advance(slow.Publish)
	if e := entity(t, m); e["state"] != "UNREALIZED" || status(t, m) != "IN_PROGRESS" {
		t.Errorf("then it is not realized: %v", e)
	}
	if s := ask(t, m, get, segment+"/state", "").body; s["state"] != "in_progress" {
		t.Errorf("the state of the segment: %v", s)
	}
	m.Advance(slow.Realize)
	held, _ := m.Object(segment)
	e := entity(t, m)
	if e["state"] != "REALIZED" || e["entity_type"] != "RealizedLogicalSwitch" ||
		e["realization_specific_identifier"] != held["realization_id"] {
		t.Errorf("in the end it is realized: %v", e)
	}
	if s := ask(t, m, get, segment+"/state", "").body; s["state"] != "success" || status(t, m) != "SUCCESS" {
		t.Errorf("the state of the segment: %v", s)
	}
	run(t, m, step{put, segment, `{"_revision": 0}`, "200"})
	if e := entity(t, m); e["state"] != "UNREALIZED" {
		t.Errorf("a change has to be realized again: %v", e)
	}
}

func TestSwitchesApart(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce, Apart: true})
	run(t, m, step{put, segment, `{}`, "200"})
	held, _ := m.Object(segment)
	if e := entity(t, m); e["realization_specific_identifier"] == held["realization_id"] {
		t.Errorf("the logical switch has the segment's id: %v", e)
	}
}

func TestAlarmsComeAfterTheState(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	run(t, m, step{put, segment, `{}`, "200"})
	m.FailRealization(segment, &Fault{Code: 5109, Message: "no address is left", AlarmAfter: time.Hour})
	if e := entity(t, m); e["state"] != "ERROR" || len(e["alarms"].([]any)) != 0 || status(t, m) != "ERROR" {
		t.Errorf("without an alarm: %v", e)
	}
	m.Advance(time.Hour)
	alarms := entity(t, m)["alarms"].([]any)
	if len(alarms) != 1 || alarms[0].(map[string]any)["error_details"].(map[string]any)["error_code"] != 5109.0 {
		t.Errorf("alarms: %v", alarms)
	}
	m.FailRealization(segment, nil)
	if e := entity(t, m); e["state"] != "REALIZED" {
		t.Errorf("realized after all: %v", e)
	}
}

// told is a fabric that takes down what it is told.
type told struct {
	mu  sync.Mutex
	all []string
	put []Segment
}

func (f *told) PutSegment(s Segment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all, f.put = append(f.all, "put "+s.Name), append(f.put, s)
}

func (f *told) RemoveSegment(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, "remove "+id)
}

func TestFabricIsTold(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	first, later := &told{}, &told{}
	m.Join(first)
	vlan := `{"display_name": "web", "transport_zone_path": "` + VLANZone + `", "vlan_ids": ["7"], "admin_state": "DOWN"}`
	run(t, m, step{put, segment, vlan, "200"})
	if len(first.all) > 0 {
		t.Errorf("told before it was realized: %v", first.all)
	}
	m.Advance(slow.Publish + slow.Realize)
	m.Join(later)
	run(t, m, step{del, segment, "", "200"})
	m.Advance(slow.Delete)
	held := Segment{ID: "s", Path: segment, Name: "web", ZonePath: VLANZone, VLANs: []string{"7"}}
	if len(first.put) == 1 {
		held.SwitchUUID = first.put[0].SwitchUUID
	}
	if !reflect.DeepEqual(first.put, []Segment{held}) || held.SwitchUUID == "" {
		t.Errorf("told: %+v", first.put)
	}
	if want := []string{"put web", "remove s"}; !reflect.DeepEqual(later.all, want) {
		t.Errorf("told: %v, not %v", later.all, want)
	}
}

func TestFabricIsNotToldOfAFailure(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	fabric := &told{}
	m.Join(fabric)
	run(t, m, step{put, segment, `{}`, "200"})
	m.FailRealization(segment, &Fault{Code: 500042})
	m.Advance(slow.Publish + slow.Realize)
	if len(fabric.all) > 0 {
		t.Errorf("told of a segment that is not realized: %v", fabric.all)
	}
	m.FailRealization(segment, nil)
	m.Advance(0)
	if want := []string{"put s"}; !reflect.DeepEqual(fabric.all, want) {
		t.Errorf("told: %v, not %v", fabric.all, want)
	}
}

// TestFabricIsToldInTime needs no Advance: the manager does by itself what it announced.
func TestFabricIsToldInTime(t *testing.T) {
	t.Parallel()
	m := Start(t)
	heard := make(signal, 10)
	m.Join(heard)
	run(t, m, step{put, segment, `{}`, "200"}, step{del, segment, "", "200"}, step{put, "/infra/segments/t", `{}`, "200"})
	for range 2 {
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("nobody told the fabric")
		}
	}
}

// signal is a fabric that passes on the ids of what it is told.
type signal chan string

func (s signal) PutSegment(x Segment)    { s <- x.ID }
func (s signal) RemoveSegment(id string) { s <- id }
