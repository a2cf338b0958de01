// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// held returns what NSX holds of ports on a network, by path.
func held(vc *acctest.VCenter, network protocol.Object, ports []protocol.Object) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, port := range ports {
		path := "/infra/segments/" + network.Text("id") + "/ports/" + port.Text("id")
		out[path], _ = vc.NSX.Object(path)
	}
	return out
}

// told checks what a loser is told.
func told(t *testing.T, said []protocol.Diagnostic) {
	t.Helper()
	if !strings.Contains(fmt.Sprint(said), "no address is left") {
		t.Errorf("a loser is told %v", said)
	}
}

// boundOnce checks that no address is bound to two segment ports, and counts both.
func boundOnce(t *testing.T, vc *acctest.VCenter) (ports, addresses int) {
	t.Helper()
	bound := map[string]string{}
	paths := vc.NSX.Paths("SegmentPort")
	for _, path := range paths {
		body, _ := vc.NSX.Object(path)
		bindings, _ := body["address_bindings"].([]any)
		for _, one := range bindings {
			binding, _ := one.(map[string]any)
			address := fmt.Sprint(binding["ip_address"])
			if other := bound[address]; other != "" {
				t.Errorf("%s is bound to %s and to %s", address, other, path)
			}
			bound[address] = path
		}
	}
	return len(paths), len(bound)
}

// TestTwoWorkspacesShareASegment: two workspaces, each of a project of its own, make ports on one segment at the same time. None gets an
// address of the other's, in the records or in NSX; what one destroys leaves the other's ports as they are.
func TestTwoWorkspacesShareASegment(t *testing.T) {
	t.Parallel()
	const each, room, kind = 20, 29, "novasphere_networking_port"
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	owner := vc.Provider(t, nil)
	network := owner.Bring("novasphere_networking_network", args{"name": "shared"}, protocol.Object{})
	subnet := owner.Bring("novasphere_networking_subnet", args{"network_id": network.Text("id"), "cidr": "10.0.0.0/27"}, protocol.Object{})
	workspaces := [2]*protocol.Provider{vc.Provider(t, args{"project": "left"}), vc.Provider(t, args{"project": "right"})}
	var mu sync.Mutex
	var all sync.WaitGroup
	var made [2][]protocol.Object
	refused := 0
	for i, p := range workspaces {
		for range each {
			all.Go(func() {
				plan := p.Plan(kind, args{"network_id": network.Text("id")}, protocol.Object{})
				now, said := p.Apply(plan)
				mu.Lock()
				defer mu.Unlock()
				if now.Exists() {
					made[i] = append(made[i], now)
					return
				}
				refused++
				told(t, said)
			})
		}
	}
	all.Wait()
	if count := len(made[0]) + len(made[1]); count != room || refused != 2*each-room {
		t.Errorf("%d ports were made and %d refused, of %d addresses", count, refused, room)
	}
	if ports, addresses := boundOnce(t, vc); ports != room || addresses != room {
		t.Errorf("NSX has %d ports with %d addresses", ports, addresses)
	}
	kept := held(vc, network, made[1])
	destroy := func(i int) {
		for _, port := range made[i] {
			all.Go(func() { workspaces[i].Destroy(port) })
		}
		all.Wait()
	}
	destroy(0)
	for path, was := range kept {
		if is, _ := vc.NSX.Object(path); was == nil || !reflect.DeepEqual(is, was) {
			t.Errorf("%s was %v, and is %v", path, was, is)
		}
	}
	if left := vc.NSX.Paths("SegmentPort"); len(left) != len(kept) {
		t.Errorf("%d ports are left, of %d", len(left), len(kept))
	}
	destroy(1)
	owner.Destroy(subnet)
	owner.Destroy(network)
	if left := vc.NSX.Left(); len(left) > 0 {
		t.Errorf("NSX still has %v", left)
	}
}
