// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"slices"
	"strings"
	"testing"
)

// attachment is the state of what is plugged into a port.
func attachment(t *testing.T, m *Manager, path string) any {
	t.Helper()
	of, _ := ask(t, m, get, path+"/state", "").body["attachment"].(map[string]any)
	return of["state"]
}

func TestCardIsPluggedIntoItsPort(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"}, step{put, port, `{"attachment": {"id": "p"}}`, "200"})
	card := cardOf(m, "p")
	if state := attachment(t, m, port); state != "FREE" {
		t.Errorf("a port without its NIC is %v", state)
	}
	if id := m.Connected(card); id != "p" || attachment(t, m, port) != "ATTACHED" {
		t.Errorf("the NIC is in the port %q, which is %v", id, attachment(t, m, port))
	}
	before, _ := m.Object(port)
	m.Connected(card)
	if after, _ := m.Object(port); after["_revision"] != before["_revision"] {
		t.Error("a NIC that says the same as before changes its port")
	}
	m.Disconnected(card)
	if state := attachment(t, m, port); state != "ATTACHED" {
		t.Errorf("a port whose NIC has just gone is %v", state)
	}
	m.Advance(slow.Detach)
	if state := attachment(t, m, port); state != "FREE" {
		t.Errorf("a port whose NIC is gone is %v", state)
	}
}

func TestInterfacesAreListed(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"}, step{put, port, `{"attachment": {"id": "p"}}`, "200"})
	listed := func(query string) (ids []string) {
		list := ask(t, m, get, "/infra/realized-state/enforcement-points/default/vifs"+query, "").body["results"].([]any)
		for _, x := range list {
			ids = append(ids, x.(map[string]any)["lport_attachment_id"].(string))
		}
		return ids
	}
	card, other := cardOf(m, "p"), cardOf(m, "q")
	other.Machine = "db"
	m.Connected(other)
	m.Connected(card)
	if all, one := listed(""), listed("?lport_attachment_id=p"); !slices.Equal(all, []string{"q", "p"}) || !slices.Equal(one, []string{"p"}) {
		t.Errorf("all are %q, and of one attachment %q", all, one)
	}
	m.Disconnected(card)
	if before := listed("?lport_attachment_id=p"); len(before) != 1 {
		t.Errorf("a NIC that has just gone is not listed: %q", before)
	}
	m.Advance(slow.Detach)
	if after := listed("?lport_attachment_id=p"); len(after) != 0 {
		t.Errorf("a NIC that is gone is listed: %q", after)
	}
}

func TestCardMovesToAnotherPort(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	run(t, m, step{put, segment, `{}`, "200"}, step{put, port, `{"attachment": {"id": "p"}}`, "200"},
		step{put, segment + "/ports/q", `{"attachment": {"id": "q"}}`, "200"})
	m.Connected(cardOf(m, "p"))
	m.Connected(cardOf(m, "q"))
	if was, is := attachment(t, m, port), attachment(t, m, segment+"/ports/q"); was != "FREE" || is != "ATTACHED" {
		t.Errorf("the port that the NIC was in is %v, and the one that it is in %v", was, is)
	}
}

func TestPortIsDeletedUnderItsCard(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"}, step{put, port, `{"attachment": {"id": "p"}}`, "200"})
	card := cardOf(m, "p")
	m.Connected(card)
	m.Disconnected(card)
	run(t, m, step{del, port, "", "200"})
	if misuses := m.Misuses(); len(misuses) != 1 {
		t.Errorf("a deletion before the port is free is a misuse: %q", misuses)
	}
}

func TestCardWithoutAPortGetsOne(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"})
	card := cardOf(m, "")
	id := m.Connected(card)
	path := segment + "/ports/" + id
	if !strings.HasPrefix(id, "default:") || attachment(t, m, path) != "ATTACHED" || m.Connected(card) != id {
		t.Errorf("NSX made the port %q", id)
	}
	unknown := card
	unknown.Machine, unknown.ExternalID = "db", "of-nobody"
	if other := m.Connected(unknown); !strings.HasPrefix(other, "default:") || other == id {
		t.Errorf("a NIC that names no port is in the port %q", other)
	}
	m.Disconnected(card)
	m.Advance(slow.Detach)
	if state := attachment(t, m, path); state != "DETACHED" {
		t.Errorf("a port that NSX made is %v without its NIC", state)
	}
	run(t, m, step{del, segment, "", "400/503040"})
	m.Advance(slow.Vanish)
	run(t, m, step{get, path, "", "404/600"})
}

func TestPortThatVanishesIsKeptByItsCard(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: slow})
	run(t, m, step{put, segment, `{}`, "200"})
	card := cardOf(m, "")
	id := m.Connected(card)
	m.Disconnected(card)
	if again := m.Connected(card); again != id {
		t.Errorf("a NIC that comes back is in the port %q, not in %q", again, id)
	}
	m.Advance(slow.Vanish)
	run(t, m, step{get, segment + "/ports/" + id, "", "200"})
}

func TestCardsThatGoWrong(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	run(t, m, step{put, segment, `{}`, "200"}, step{put, "/infra/segments/other", `{}`, "200"},
		step{put, "/infra/segments/other/ports/q", `{"attachment": {"id": "q"}}`, "200"},
		step{put, port, `{"attachment": {"id": "p"}, "address_bindings": [{"ip_address": "10.0.0.5", "mac_address": "00:50:56:00:00:01"}]}`,
			"200"})
	mine, thief, nowhere := cardOf(m, "p"), cardOf(m, "p"), cardOf(m, "p")
	thief.Device, nowhere.SwitchUUID = "4001", "none"
	for what, c := range map[string]Card{"does not name the port of its MAC": cardOf(m, ""), "names a port of another segment": cardOf(m, "q"),
		"is on no segment": nowhere} {
		c.Machine = what
		if m.Connected(c); len(m.Misuses()) == 0 {
			t.Errorf("that a NIC %s is no misuse", what)
		}
	}
	m.Connected(mine)
	if id := m.Connected(thief); id != "" || len(m.Misuses()) != 1 {
		t.Errorf("a second NIC is in the port %q", id)
	}
}
