// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"fmt"
	"strings"
	"testing"
)

const (
	segment = "/infra/segments/s"
	port    = segment + "/ports/p"
)

func TestBindingsOfAPort(t *testing.T) {
	t.Parallel()
	m := Start(t)
	bound := func(addresses ...string) string {
		return `{"address_bindings": [{"ip_address": "` + strings.Join(addresses, `"}, {"ip_address": "`) + `"}]}`
	}
	many := func(format string, n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf(format, i+1))
		}
		return all
	}
	run(t, m,
		step{put, segment, `{}`, "200"},
		step{put, port, bound("10.0.0.256"), "400/255"},
		step{put, port, bound("10.0.0.1/24"), "400/255"},
		step{put, port, bound("0.0.0.0"), "400/255"},
		step{put, port, bound("::"), "400/255"},
		step{put, port, bound("127.0.0.0"), "400/255"},
		step{put, port, bound(many("10.0.0.%d", 129)...), "400/255"},
		step{put, port, bound(many("fd00::%d", 16)...), "400/255"},
		step{put, port, `{"address_bindings": [{"ip_address": "10.0.0.5", "mac_address": "00:50:56:00:00:01"}, {"ip_address": "10.1.0.0/16"}]}`,
			"200"},
		step{put, segment + "/ports/q", bound(append(many("10.0.0.%d", 128), many("fd00::%d", 15)...)...), "200"},
	)
	state := ask(t, m, get, port+"/state", "").body
	duplicates := state["duplicate_bindings"].([]any)
	if len(duplicates) != 1 || duplicates[0].(map[string]any)["conflicting_port"] != "q" {
		t.Errorf("an address that another port has is a duplicate: %v", state)
	}
	if len(state["realized_bindings"].([]any)) != 2 || state["attachment"] != nil {
		t.Errorf("the state of a port without an attachment: %v", state)
	}
}

func TestAttachmentsAreUnique(t *testing.T) {
	t.Parallel()
	m := Start(t, Options{Delays: atOnce})
	run(t, m,
		step{put, segment, `{}`, "200"},
		step{put, "/infra/segments/other", `{}`, "200"},
		step{put, port, `{"attachment": {"id": "p"}}`, "200"},
		step{put, "/infra/segments/other/ports/q", `{"attachment": {"id": "p"}}`, "400/255"},
		step{put, port, `{"attachment": {"id": "p"}, "_revision": 0}`, "200"},
		step{patch, port, `{"attachment": null}`, "200"},
	)
	if held, _ := m.Object(port); held["attachment"] == nil {
		t.Errorf("a PATCH cannot detach: %v", held)
	}
	run(t, m, step{put, port, `{"attachment": null, "_revision": 2}`, "200"},
		step{put, "/infra/segments/other/ports/q", `{"attachment": {"id": "p"}}`, "200"})
}

func TestBindingsOfAConnectedPortStay(t *testing.T) {
	t.Parallel()
	for _, unbind := range []bool{false, true} {
		m := Start(t, Options{Delays: atOnce, Unbind: unbind})
		run(t, m, step{put, segment, `{}`, "200"},
			step{put, port, `{"attachment": {"id": "p"}, "address_bindings": [{"ip_address": "10.0.0.5"}, {"ip_address": "10.0.0.6"}]}`, "200"})
		m.Connected(cardOf(m, "p"))
		held, _ := m.Object(port)
		if name := held["display_name"].(string); !strings.HasPrefix(name, "web.vmx@") {
			t.Errorf("the name of a connected port is the system's, not %s", name)
		}
		verdict := map[bool]string{false: "400/255", true: "200"}[unbind]
		revision := held["_revision"].(int)
		run(t, m,
			step{put, port, fmt.Sprintf(`{"attachment": {"id": "p"}, "address_bindings": [{"ip_address": "10.0.0.7"}, {"ip_address": "10.0.0.6"}],
				"_revision": %d}`, revision), "200"},
			step{put, port, fmt.Sprintf(`{"attachment": {"id": "p"}, "address_bindings": [{"ip_address": "10.0.0.7"}], "_revision": %d}`,
				revision+1), verdict})
		if now, _ := m.Object(port); now["display_name"] != held["display_name"] {
			t.Errorf("a PUT renames a connected port to %s", now["display_name"])
		}
	}
}

// cardOf is a NIC of the machine web on the segment that names a port.
func cardOf(m *Manager, externalID string) Card {
	held, _ := m.Object(segment)
	id, _ := held["realization_id"].(string)
	return Card{Machine: "web", Device: "4000", MAC: "00:50:56:00:00:01", ExternalID: externalID, SwitchUUID: id}
}

func TestSpoofGuardOfEachVersion(t *testing.T) {
	t.Parallel()
	const (
		newer = `{"address_binding_allowlist": true}`
		older = `{"address_binding_whitelist": true}`
		both  = `{"address_binding_allowlist": true, "address_binding_whitelist": true}`
		apart = `{"address_binding_allowlist": true, "address_binding_whitelist": false}`
	)
	for version, verdicts := range map[string]map[string]string{
		"3.2.3": {newer: "400/255", older: "200", both: "400/255", apart: "400/255"},
		"4.1.2": {newer: "200", older: "200", both: "200", apart: "400/255"},
		"9.0.0": {newer: "400/255", older: "400/255", both: "200", apart: "400/255"},
	} {
		for body, verdict := range verdicts {
			m := Start(t, Options{Version: version})
			if a := ask(t, m, put, "/infra/spoofguard-profiles/g", body); a.verdict != verdict {
				t.Errorf("%s: %s is answered with %s, not %s", version, body, a.verdict, verdict)
			}
		}
	}
}
