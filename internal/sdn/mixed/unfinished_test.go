// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

const securityMap = "/port-security-profile-binding-maps/DEFAULT"

// refuse has NSX refuse some requests, until it is called again with nil.
func (s site) refuse(refused func(*http.Request) bool) {
	if refused == nil {
		s.NSX.Tamper(nil)
		return
	}
	s.NSX.Tamper(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if refused(r) {
			http.Error(w, `{"error_code": 289, "error_message": "refused", "module_name": "policy", "httpStatus": "BAD_REQUEST"}`,
				http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func changesProfiles(r *http.Request) bool {
	return r.Method != http.MethodGet && strings.HasSuffix(r.URL.Path, securityMap)
}

// TestUnfinishedPortSecurity: where NSX takes a port's address bindings away and not its spoof guard, the port differs from its record, and
// the next change brings both in line.
func TestUnfinishedPortSecurity(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	open := func(w *sdn.PortRequest) error {
		insecure := true
		w.Insecure = &insecure
		return nil
	}
	s.refuse(changesProfiles)
	if _, err := b.UpdatePort(t.Context(), n.ID, p.ID, open); err == nil {
		t.Fatal("the port was changed without its profiles")
	}
	s.refuse(nil)
	later := s.process(t)
	p, err := later.Port(t.Context(), n.ID, p.ID)
	must(t, err)
	if is, _, err := later.EffectiveRules(t.Context(), p); err != nil || len(is) == 0 {
		t.Errorf("the port does not differ from its record: %v", err)
	}
	_, err = later.UpdatePort(t.Context(), n.ID, p.ID, func(*sdn.PortRequest) error { return nil })
	must(t, err)
	bound, _ := s.NSX.Object(portPath(p) + securityMap)
	if bound["segment_security_profile_path"] != "/infra/segment-security-profiles/novasphere-open" {
		t.Errorf("the port is bound to %v", bound)
	}
}

// TestUnfinishedPort: a port whose process ended before it was bound to its profiles is bound to them before a NIC is plugged in.
func TestUnfinishedPort(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	s.NSX.Remove(portPath(p) + securityMap)
	_, err := s.process(t).Book(t.Context(), p)
	must(t, err)
	if o, _ := s.NSX.Object(portPath(p) + securityMap); o["spoofguard_profile_path"] != "/infra/spoofguard-profiles/novasphere-spoofguard" {
		t.Errorf("the port is bound to %v", o)
	}
}

// TestUnfinishedDHCP: DHCP that NSX did not let go of is a difference, which the next change ends; without that the subnet can be deleted.
func TestUnfinishedDHCP(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "served", "")
	served := subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24", DHCP: true})
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	end := func(sub *openstack.Subnet) error {
		sub.DHCP = false
		return nil
	}
	s.refuse(func(r *http.Request) bool {
		return r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "dhcp-static-binding")
	})
	if _, err := b.UpdateSubnet(t.Context(), n.ID, served.ID, end); err == nil {
		t.Fatal("DHCP ended though NSX keeps a binding")
	}
	s.refuse(nil)
	later := s.process(t)
	if is, err := later.Subnet(t.Context(), n.ID, served.ID); err != nil || !is.DHCP {
		t.Errorf("the subnet that NSX still serves is %+v: %v", is, err)
	}
	_, err := later.UpdateSubnet(t.Context(), n.ID, served.ID, end)
	must(t, err)
	if left := append(s.NSX.Paths("DhcpServerConfig"), s.NSX.Paths("DhcpV4StaticBindingConfig")...); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	must(t, later.DeletePort(t.Context(), n.ID, p.ID))
	must(t, later.DeleteSubnet(t.Context(), n.ID, served.ID))
	_, err = later.DeleteNetwork(t.Context(), n.ID)
	must(t, err)
	s.NSX.Advance(time.Second)
	s.empty(t)
}

// TestDHCPOfOthers: on a segment that somebody else made, enable_dhcp is a record alone. Their DHCP server is left, though it has the id
// that this provider would choose.
func TestDHCPOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "of-neutron", "")
	segment, server := "/infra/segments/"+n.ID, "/infra/dhcp-server-configs/"+n.ID
	o, _ := s.NSX.Object(segment)
	o["tags"] = []any{}
	s.NSX.Put(segment, o)
	s.NSX.Put(server, map[string]any{"display_name": "of Neutron"})
	b = s.process(t)
	recorded := subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24", DHCP: true})
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	if is, err := s.process(t).Subnet(t.Context(), n.ID, recorded.ID); err != nil || !is.DHCP {
		t.Errorf("the subnet is %+v: %v", is, err)
	}
	if o, _ := s.NSX.Object(segment); o["dhcp_config_path"] != nil {
		t.Errorf("the segment has the DHCP server %v", o["dhcp_config_path"])
	}
	must(t, b.DeletePort(t.Context(), n.ID, p.ID))
	must(t, b.DeleteSubnet(t.Context(), n.ID, recorded.ID))
	if _, there := s.NSX.Object(server); !there {
		t.Error("the DHCP server of somebody else is deleted")
	}
}

// TestSegmentDeletedByOthers: what is recorded of a segment that somebody has deleted can be deleted.
func TestSegmentDeletedByOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "gone", "")
	served := subnet(t, b, openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24", DHCP: true})
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	s.NSX.Remove("/infra/segments/" + n.ID)
	later := s.process(t)
	must(t, later.DeletePort(t.Context(), n.ID, p.ID))
	must(t, later.DeleteSubnet(t.Context(), n.ID, served.ID))
	if left := s.NSX.Paths("DhcpServerConfig"); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// TestForgottenBinding: a segment port can be deleted though a process that ended has left it a binding that its record does not have.
func TestForgottenBinding(t *testing.T) {
	t.Parallel()
	s := newSite(t, nsxsim.Options{})
	b := s.process(t)
	n := network(t, b, "web", "10.0.0.0/24")
	p := port(t, b, openstack.Port{NetworkID: n.ID})
	s.NSX.Put("/infra/segments/"+n.ID+"/ports/"+p.ID+"/port-discovery-profile-binding-maps/DEFAULT",
		map[string]any{"mac_discovery_profile_path": "/infra/mac-discovery-profiles/default-mac-discovery-profile"})
	impatient, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	must(t, b.DeletePort(impatient, n.ID, p.ID))
	if left := s.NSX.Paths("SegmentPort"); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}
