package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// behindARouter are ports in two groups on a network of NSX behind a router, some of them with floating IPs.
const behindARouter = `
provider "novasphere" {
  routers         = "nsx"
  security_groups = "nsx"
  nsx {}
}
resource "novasphere_networking_network" "internet" {
  name     = "internet"
  external = true
}
resource "novasphere_networking_subnet" "internet" {
  network_id = novasphere_networking_network.internet.id
  cidr       = "203.0.113.0/24"
}
resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_subnet.internet.network_id
}
resource "novasphere_networking_network" "n" { name = "n" }
resource "novasphere_networking_subnet" "s" {
  network_id = novasphere_networking_network.n.id
  cidr       = "10.0.0.0/16"
}
resource "novasphere_networking_router_interface" "i" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.s.id
}
resource "novasphere_networking_secgroup" "g" {
  count = 2
  name  = "g-${count.index}"
}
resource "novasphere_networking_secgroup_rule" "tcp" {
  count             = %[2]d
  security_group_id = novasphere_networking_secgroup.g[0].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 8000 + count.index
  port_range_max    = 8000 + count.index
  remote_group_id   = novasphere_networking_secgroup.g[1].id
}
resource "novasphere_networking_port" "p" {
  count              = %[1]d
  network_id         = novasphere_networking_network.n.id
  security_group_ids = [novasphere_networking_secgroup.g[count.index %% 2].id]
  fixed_ip { subnet_id = novasphere_networking_subnet.s.id }
}
resource "novasphere_networking_floatingip" "f" {
  count      = %[1]d / 10
  pool       = novasphere_networking_network.internet.name
  port_id    = novasphere_networking_port.p[count.index].id
  depends_on = [novasphere_networking_router_interface.i]
}
`

// TestAccCallsBehindARouterOnNSX: a plan of a hundred ports in two groups behind a router asks NSX twenty times at most, and a change of a
// group writes its policy alone, once for one rule and hardly more for nine. The group that rules name is made in each process, to be sure.
func TestAccCallsBehindARouterOnNSX(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	const n = 100
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	var env []string
	for name, value := range vc.NSX.Environment() {
		env = append(env, name+"="+value)
	}
	ws := vc.NewWorkspace(t, vc.Wire(t), fmt.Sprintf(behindARouter, n, 1), env...)
	ws.Apply()
	vc.NSX.ResetCalls()
	ws.PlanIsEmpty()
	if calls := vc.NSX.Calls(); len(calls) > 20 {
		t.Errorf("a plan of %d ports asks NSX %d times: %v", n, len(calls), calls)
	}
	for rules := 2; rules <= 11; rules += 9 { // one rule more, and then nine at once
		ws.Configure(fmt.Sprintf(behindARouter, n, rules))
		vc.NSX.ResetCalls()
		ws.Apply()
		writes := map[string]int{}
		for _, c := range vc.NSX.Calls() {
			if c.Method != "GET" && !strings.Contains(c.Path, "/session/") {
				writes[c.Method+" "+c.Path[:strings.LastIndex(c.Path, "/")]]++
			}
		}
		const below = "PUT /policy/api/v1/infra/domains/default/"
		puts, remote := writes[below+"security-policies"], writes[below+"groups"]
		delete(writes, below+"security-policies")
		delete(writes, below+"groups")
		if len(writes) > 0 || puts < 1 || puts > min(rules-1, 3) || remote > 1 {
			t.Errorf("a group with %d rules is written by %d puts of its policy, %d of the remote group, and %v", rules, puts, remote, writes)
		}
	}
	ws.Destroy()
	if left := vc.NSX.Left(); len(left) > 0 {
		t.Errorf("NSX still holds %v", left)
	}
}
