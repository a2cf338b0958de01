// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// unfilter takes the filter off every port of the switch, as somebody with the vSphere client does.
func unfilter(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	for _, p := range vc.Booked("lab") {
		setting := &types.VMwareDVSPortSetting{}
		setting.FilterPolicy = &types.DvsFilterPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
		must(t, vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: p.Key, ConfigVersion: p.Config.ConfigVersion,
			Setting: setting}))
	}
}

// TestAccSecurityGroupDrift: a filter that somebody changed is shown, line by line, and put right.
func TestAccSecurityGroupDrift(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), tiers+fixedPort("db", "10.0.0.10", dbGroup)+plugged("db", "db"), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	ws.PlanIsEmpty()
	unfilter(t, vc)
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "The switch does not do what the groups and the policy say") ||
		!strings.Contains(out, "+ accept udp from anybody port 67 to anybody port 68") {
		t.Errorf("the plan does not show what differs:\n%s", out)
	}
	ws.Apply()
	for _, p := range vc.Booked("lab") {
		if (acctest.Packet{From: "10.9.9.9", To: "10.0.0.10", Protocol: 6, FromPort: 1, ToPort: 1}).Passes(acctest.FilterOf(p)) {
			t.Error("the filter is not back")
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccSecurityGroupLag: where a member's going cannot be brought to a port that lets it in, the destroy says which, and the next plan
// shows the address that it still allows.
func TestAccSecurityGroupLag(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refuse atomic.Bool
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if refuse.Load() && c.Name == "ReconfigureDVPort_Task" {
			return acctest.Refusal("NoPermission")
		}
		return nil
	})
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db")
	ws := vc.NewWorkspace(t, wire, base+fixedPort("app", "10.0.0.20", appGroup), "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	var db string
	for id := range vc.Booked("lab") {
		db = id
	}
	ws.Configure(base)
	refuse.Store(true)
	out := ws.Apply()
	if !strings.Contains(out, "Not in force everywhere yet") || !strings.Contains(strings.Join(strings.Fields(out), " "), db) {
		t.Errorf("the port %s is not named:\n%s", db, out)
	}
	refuse.Store(false)
	if out := ws.Must("plan", "-no-color"); !strings.Contains(out, "- accept tcp from 10.0.0.20 to 10.0.0.10 port 5432") {
		t.Errorf("the plan does not show the address:\n%s", out)
	}
	ws.Apply()
	if p := (acctest.Packet{From: "10.0.0.20", To: "10.0.0.10", Protocol: 6, FromPort: 1,
		ToPort: 5432}); p.Passes(acctest.FilterOf(vc.Booked("lab")[db])) {
		t.Error("the address is still allowed")
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccPortIsSetAgain: a switch that refuses a port's change for a moment is asked again, because no later plan would see that the port
// is not as its record says.
func TestAccPortIsSetAgain(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refusals atomic.Int32
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "ReconfigureDVPort_Task" && refusals.Add(-1) >= 0 {
			return acctest.Refusal("InvalidState")
		}
		return nil
	})
	base := tiers + fixedPort("db", "10.0.0.10", dbGroup) + plugged("db", "db")
	ws := vc.NewWorkspace(t, wire, base, "NOVASPHERE_SECURITY_GROUPS=dvs")
	ws.Apply()
	refusals.Store(2)
	ws.Configure(strings.Replace(base, "fixed_ip {", "admin_state_up = false\n  fixed_ip {", 1))
	ws.Apply()
	if refusals.Load() >= 0 {
		t.Error("the port was not changed")
	}
	for id, p := range vc.Booked("lab") {
		if setting, is := p.Config.Setting.(*types.VMwareDVSPortSetting); !is || setting.Blocked == nil || setting.Blocked.Value == nil ||
			!*setting.Blocked.Value {
			t.Errorf("the port %s is not blocked: %+v", id, p.Config.Setting)
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccSecurityGroupsOfTwoWorkspaces: a member of one workspace reaches the ports of another at once, whose plan stays empty.
func TestAccSecurityGroupsOfTwoWorkspaces(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	one := vc.NewWorkspace(t, wire, tiers+fixedPort("db", "10.0.0.10", dbGroup)+plugged("db", "db"), "NOVASPHERE_SECURITY_GROUPS=dvs")
	one.Apply()
	two := vc.NewWorkspace(t, wire, `data "novasphere_networking_network" "lab" { name = "lab" }
data "novasphere_networking_secgroup" "app" { name = "app" }
resource "novasphere_networking_port" "app" {
  network_id         = data.novasphere_networking_network.lab.id
  security_group_ids = [data.novasphere_networking_secgroup.app.id]
  fixed_ip { ip_address = "10.0.0.20" }
}
`, "NOVASPHERE_SECURITY_GROUPS=dvs")
	asks := func(want bool) {
		t.Helper()
		for _, p := range vc.Booked("lab") {
			if (acctest.Packet{From: "10.0.0.20", To: "10.0.0.10", Protocol: 6, FromPort: 1, ToPort: 5432}).Passes(acctest.FilterOf(p)) != want {
				t.Errorf("the member's packet passes: %v", !want)
			}
		}
		one.PlanIsEmpty()
	}
	two.Apply()
	asks(true)
	two.Destroy()
	asks(false)
	one.Destroy()
}
