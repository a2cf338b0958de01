// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	vcenter "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// network makes an overlay network with a subnet.
func network(t *testing.T, b *mixed.Backend, name, cidr string) openstack.Network {
	t.Helper()
	n, err := b.CreateNetwork(t.Context(), openstack.Network{Name: name, Type: "geneve", AdminUp: true})
	if err != nil {
		t.Fatal(err)
	}
	if cidr != "" {
		subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: cidr})
	}
	return n
}

func subnet(t *testing.T, b *mixed.Backend, s openstack.Subnet) openstack.Subnet {
	t.Helper()
	s, err := sdn.Complete(s, false)
	if err == nil {
		s, err = b.CheckSubnet(t.Context(), s)
	}
	if err == nil {
		s, err = b.CreateSubnet(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func port(t *testing.T, b *mixed.Backend, p openstack.Port) openstack.Port {
	t.Helper()
	p, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: p})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func portPath(p openstack.Port) string { return "/infra/segments/" + p.NetworkID + "/ports/" + p.ID }

// TestForeignPort: the address and MAC of a port that somebody else has made in NSX are given to nobody.
func TestForeignPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "shared", "10.0.0.0/29") // .1 is the gateway: five are left
	s.NSX.Put("/infra/segments/"+n.ID+"/ports/of-the-operator", map[string]any{"display_name": "appliance",
		"address_bindings": []any{map[string]any{"ip_address": "10.0.0.3", "mac_address": "00:50:56:00:00:03"}}})
	wish := sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.3"}}}}
	planned := s.process(t).CheckClaim(t.Context(), wish)
	_, made := b.CreatePort(t.Context(), wish)
	for when, err := range map[string]error{"at plan": planned, "then": made} {
		if err == nil || !strings.Contains(err.Error(), "somebody else made in NSX") {
			t.Errorf("%s: %v", when, err)
		}
	}
	for range 4 {
		if p := port(t, b, openstack.Port{NetworkID: n.ID}); p.FixedIPs[0].Address == "10.0.0.3" {
			t.Errorf("the operator's address is given to %s", p.ID)
		}
	}
	if _, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}}); !sdn.IsTaken(err) {
		t.Errorf("a fifth port: %v", err)
	}
}

// TestOlderPort: what was recorded of a segment's portgroup, while that was a network of its own, is given to nobody.
func TestOlderPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "")
	older := openstack.Port{ID: "of-the-portgroup", NetworkID: n.Portgroups[0].ID, MAC: "00:50:56:00:00:11"}
	must(t, s.client(t).Records.OfNetwork(older.NetworkID).Claim(t.Context(), func(all records.Set) error {
		return all.Put(recorded.PortKind, older.ID, older)
	}))
	wish := sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, MAC: older.MAC}}
	if _, err := s.process(t).CreatePort(t.Context(), wish); !sdn.IsTaken(err) {
		t.Errorf("a port of the MAC of a port on the portgroup: %v", err)
	}
}

// TestPortOnNSX: what NSX holds of a port follows from its record.
func TestPortOnNSX(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID, AllowedPairs: []openstack.AddressPair{{Address: "10.0.0.9", MAC: "00:50:56:00:00:09"}}})
	holds := func(path, field string, want any) {
		t.Helper()
		if o, _ := s.NSX.Object(path); o[field] != want {
			t.Errorf("%s of %s is %v and not %v", field, path, o[field], want)
		}
	}
	const security, discovery = "/port-security-profile-binding-maps/DEFAULT", "/port-discovery-profile-binding-maps/DEFAULT"
	holds(portPath(p), "admin_state", "UP")
	holds(portPath(p)+security, "spoofguard_profile_path", "/infra/spoofguard-profiles/novasphere-spoofguard")
	holds(portPath(p)+discovery, "mac_discovery_profile_path", "/infra/mac-discovery-profiles/novasphere-mac")
	_, err := b.UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error {
		w.Down, w.AllowedPairs = true, nil
		return nil
	})
	must(t, err)
	holds(portPath(p), "admin_state", "DOWN")
	if _, there := s.NSX.Object(portPath(p) + discovery); there {
		t.Error("the port still may use every MAC")
	}
	open := n
	open.Insecure = true
	_, err = b.UpdateNetwork(t.Context(), open)
	must(t, err)
	holds(portPath(p)+security, "segment_security_profile_path", "/infra/segment-security-profiles/novasphere-open")
	holds(portPath(p), "address_bindings", nil)
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	if left := s.NSX.Paths("SegmentPort"); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// TestChangedInNSX: what others have changed of a port shows as a difference, and is set back.
func TestChangedInNSX(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	before, _ := s.NSX.Object(portPath(p))
	for what, change := range map[string]func(){
		"address_bindings": func() {
			s.NSX.Put(portPath(p), map[string]any{"attachment": before["attachment"], "tags": before["tags"], "admin_state": "UP",
				"address_bindings": []any{map[string]any{"ip_address": "10.9.9.9", "mac_address": p.MAC}}})
		},
		"has no segment port": func() { s.NSX.Remove(portPath(p)) },
	} {
		change()
		later := s.process(t)
		is, want, err := later.EffectiveRules(t.Context(), p)
		if err != nil || len(want) > 0 || !strings.Contains(strings.Join(is, "\n"), what) {
			t.Errorf("%s: the port differs by %q, %q: %v", what, is, want, err)
		}
		_, err = later.UpdatePort(t.Context(), n.ID, p.ID, func(*sdn.PortRequest) error { return nil })
		must(t, err)
		if is, _, err := s.process(t).EffectiveRules(t.Context(), p); err != nil || len(is) > 0 {
			t.Errorf("%s: afterwards it differs by %q: %v", what, is, err)
		}
	}
}

// TestKilledPorts: a process that is killed between a port's record and its segment port leaves what the next completes, and a refusal of
// NSX leaves nothing.
func TestKilledPorts(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	recorded, err := b.Backend.Backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}})
	must(t, err)
	booked, err := s.process(t).Book(t.Context(), recorded)
	if _, there := s.NSX.Object(portPath(recorded)); err != nil || !there || booked.Attachment != recorded.ID {
		t.Errorf("a port without a segment port is booked as %q: %v", booked.Attachment, err)
	}
	s.NSX.Tamper(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/ports/") {
			http.Error(w, `{"error_code": 289, "error_message": "refused", "module_name": "policy", "httpStatus": "BAD_REQUEST"}`,
				http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
	if _, err := b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}}); err == nil {
		t.Error("a port that NSX refuses was made")
	}
	s.NSX.Tamper(nil)
	if ports, err := s.process(t).Ports(t.Context(), n.ID); err != nil || len(ports) != 1 {
		t.Errorf("%d ports are recorded: %v", len(ports), err)
	}
	must(t, b.DeletePort(t.Context(), n.ID, recorded.ID))
}

// TestPortWithNIC: a segment port is deleted after NSX has seen that its NIC is gone.
func TestPortWithNIC(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	nic := nsxsim.Card{Machine: "vm-1", Device: "4000", MAC: p.MAC, ExternalID: p.ID, SwitchUUID: n.LogicalSwitch}
	if s.NSX.Connected(nic) != p.ID {
		t.Fatal("the NIC is not plugged into the port")
	}
	if is, err := b.Standings(t.Context(), n.ID, []openstack.Port{p}); err != nil || is[0] != vcenter.Connected {
		t.Errorf("the port with a NIC is %v: %v", is, err)
	}
	s.NSX.Disconnected(nic)
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	if misuses := s.NSX.Misuses(); len(misuses) > 0 {
		t.Error(misuses)
	}
}

// TestManyPorts: 100 ports cost two writes each to make and two to delete, and what they wait for is asked for all of them together.
func TestManyPorts(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{Page: 1000})
	b := s.process(t)
	n := network(t, b, "many", "10.0.0.0/24")
	s.NSX.ResetCalls()
	const ports, parallel = 100, 20
	made := make([]openstack.Port, ports)
	each := func(do func(i int) error) {
		var all sync.WaitGroup
		turn := make(chan struct{}, parallel)
		for i := range ports {
			turn <- struct{}{}
			all.Go(func() {
				defer func() { <-turn }()
				if err := do(i); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	counts := func() (writes, lists int) {
		for _, c := range s.NSX.Calls() {
			if c.Method == http.MethodGet {
				lists++
			} else {
				writes++
			}
		}
		s.NSX.ResetCalls()
		return writes, lists
	}
	each(func(i int) (err error) {
		if made[i], err = b.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}}); err == nil {
			made[i], err = b.Book(t.Context(), made[i])
		}
		return err
	})
	if writes, lists := counts(); writes > 40+2*ports || lists > 60 {
		t.Errorf("%d ports were made with %d writes and %d lists", ports, writes, lists)
	} else {
		t.Logf("%d ports were made with %d writes and %d lists", ports, writes, lists)
	}
	each(func(i int) error { return b.DeletePort(t.Context(), n.ID, made[i].ID) })
	if writes, lists := counts(); writes > 2*ports || lists > 60 {
		t.Errorf("%d ports were deleted with %d writes and %d lists", ports, writes, lists)
	} else {
		t.Logf("%d ports were deleted with %d writes and %d lists", ports, writes, lists)
	}
}
