// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// logBook is a test that keeps its provider's log.
type logBook struct {
	testing.TB

	ctx  context.Context
	mu   sync.Mutex
	text bytes.Buffer
}

func newLogBook(t *testing.T) *logBook {
	b := &logBook{TB: t}
	b.ctx = tflogtest.RootLogger(t.Context(), b)
	return b
}

// Context returns a context with the log.
func (b *logBook) Context() context.Context { return b.ctx }

// Write adds a line of any part of the log.
func (b *logBook) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

// lines returns the written lines, by part and message.
func (b *logBook) lines(t *testing.T) map[string][]map[string]any {
	t.Helper()
	out := map[string][]map[string]any{}
	for line := range bytes.Lines(b.text.Bytes()) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		about := fmt.Sprint(fields["@module"], ": ", fields["@message"])
		out[about] = append(out[about], fields)
	}
	return out
}

// workspace returns a workspace whose commands write to the log.
func (b *logBook) workspace() *protocol.Workspace {
	return protocol.NewWorkspace(b, func() (protocol.Factory, func()) {
		p := provider.New("dev")
		return func() (protocol.Server, error) { return p.Server(), nil }, func() {
			ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
			defer stop()
			_ = p.Close(ctx)
		}
	})
}

// decided returns a configuration that needs many decisions: two instances that must be apart, and one that moves, is resized and changes
// its metadata.
func decided(zone, flavor string, stage int) string {
	return `
resource "novasphere_compute_flavor" "f" {
  for_each = { "m1.small" = 1, "m1.large" = 2 }
  name     = each.key
  vcpus    = each.value
  ram      = 1024
  disk     = 10
}
resource "novasphere_compute_servergroup" "g" {
  name     = "g"
  policies = ["anti-affinity"]
}
resource "novasphere_compute_instance" "web" {
  count                = 2
  name                 = "web-${count.index}"
  flavor_name          = novasphere_compute_flavor.f["m1.small"].name
  image_name           = "debian-12"
  wait_for_ip          = "0s"
  admin_pass           = "canary-of-the-password"
  user_data            = "#cloud-config\n# canary-of-the-user-data"
  personality {
    file    = "/etc/secret"
    content = "canary-of-the-file"
  }
  availability_zone    = "in-compute"
  network { name = "public" }
  scheduler_hints { group = novasphere_compute_servergroup.g.id }
}
resource "novasphere_compute_instance" "mover" {
  name                 = "mover"
  flavor_name          = novasphere_compute_flavor.f["` + flavor + `"].name
  metadata             = { stage = "` + fmt.Sprint(stage) + `" }
  image_name           = "debian-12"
  wait_for_ip          = "0s"
  allow_live_migration = true
  availability_zone    = "` + zone + `"
  network { name = "public" }
}
`
}

// decidedPort returns an instance on a port whose security group has this number of rules.
func decidedPort(rules int) string {
	return `
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.20.0.0/24"
}
resource "novasphere_networking_secgroup" "g" {
  name     = "g"
  stateful = false
}
resource "novasphere_networking_secgroup_rule" "r" {
  count             = ` + fmt.Sprint(rules) + `
  security_group_id = novasphere_networking_secgroup.g.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = [80, 443][count.index]
  port_range_max    = [80, 443][count.index]
}
resource "novasphere_networking_port" "p" {
  name               = "p"
  network_id         = novasphere_networking_network.lab.id
  security_group_ids = [novasphere_networking_secgroup.g.id]
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
resource "novasphere_compute_instance" "db" {
  name              = "db"
  availability_zone = "in-compute"
  flavor_name       = novasphere_compute_flavor.f["m1.small"].name
  image_name        = "debian-12"
  wait_for_ip       = "0s"
  network { port = novasphere_networking_port.p.id }
}`
}

// told are the required lines, with the fields of each that are never empty.
var told = map[string][]string{
	"provider.vcenter: a new instance is placed":                {"name", "to", "host", "datastore", "datastore_object"},
	"provider.vcenter: datastores that new instances may be on": {"name", "object", "datastores"},
	"provider.vcenter: a change needs the machine off":          {"name", "object", "reason"},
	"provider.vcenter: a machine is moved":                      {"name", "object", "from", "to", "host", "reason"},
	"provider.vcenter: a record is made pending":                {"name", "object", "reason"},
	"provider.vcenter: a pending record is taken up":            {"name", "object", "reason"},
	"provider.vcenter: DRS rules are written":                   {"name", "object", "written", "reason"},
	"provider.vcenter: a machine is stopped":                    {"name", "object"},
	"provider.vcenter: a machine is started":                    {"name", "object"},
	"provider.vcenter: task":                                    {"kind", "task", "object", "outcome"},
	"provider.vcenter: call":                                    {"method", "outcome"},
	"provider.network: a port of the switch is booked":          {"port", "network", "object", "switch", "switch_port"},
	"provider.network: a port of the switch is set":             {"port", "switch", "switch_port", "reason"},
}

// TestLogTellsDecisions reads the log of three applies and a destruction at its finest level: each decision is logged with its reason and
// its object, each task with its method and object, and no secret is in it. It sets the environment, so it cannot run in parallel.
func TestLogTellsDecisions(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_NOVASPHERE", "TRACE")
	vc := acctest.Start(t, vcsim.Options{Clusters: 2, Advanced: vcsim.AllRefused})
	book := newLogBook(t)
	ws := book.workspace()
	zones := "security_groups = \"dvs\"\n"
	for _, name := range []string{"compute", "compute-2"} {
		zones += fmt.Sprintf("availability_zone {\n  name = %q\n  cluster = %q\n}\n", "in-"+name, name)
	}
	for i, text := range []string{decided("in-compute", "m1.small", 1), decided("in-compute-2", "m1.small", 2),
		decided("in-compute-2", "m1.large", 2)} {
		ws.Configure(vc.Config(zones, text+decidedPort(min(i+1, 2))))
		if err := ws.Apply(); err != nil {
			t.Fatalf("apply %d: %v", i+1, err)
		}
	}
	if err := ws.Destroy(); err != nil {
		t.Fatal(err)
	}
	lines := book.lines(t)
	for about, fields := range told {
		if len(lines[about]) == 0 {
			t.Errorf("there is no line %q", about)
		}
		for _, line := range lines[about] {
			for _, field := range fields {
				if line[field] == nil || line[field] == "" {
					t.Errorf("%s: %s is missing in %v", about, field, line)
				}
			}
		}
	}
	for _, secret := range []string{"canary-of-the-", vc.Password} {
		if at := strings.Index(book.text.String(), secret); at >= 0 {
			t.Errorf("%q is in the log: %.300s", secret, book.text.String()[max(0, at-150):])
		}
	}
}
