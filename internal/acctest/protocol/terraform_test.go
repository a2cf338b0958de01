// SPDX-License-Identifier: MPL-2.0

package protocol_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// requests records the requests to a provider, each as a text without random parts.
type requests struct {
	mu      sync.Mutex
	schemas map[string]*tfprotov6.Schema
	all     map[string]bool
}

func (r *requests) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"novasphere": func() (tfprotov6.ProviderServer, error) {
		server, err := acctest.Factories["novasphere"]()
		return asked{server, r}, err
	}}
}

// chance matches random parts: ids, addresses of NICs and similar.
var chance = regexp.MustCompile(
	`[0-9a-f]{8}-[0-9a-f-]{27}|([0-9a-f]{2}:){5}[0-9a-f]{2}|\b(vm|dvportgroup|network|group-v|host)-\d+|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

func (r *requests) note(call, kind string, values ...*tfprotov6.DynamicValue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := call + " " + kind
	for _, d := range values {
		v, err := d.Unmarshal(r.schemas[kind].ValueType())
		if err != nil {
			panic(err)
		}
		text += "\n    " + render(v)
	}
	r.all[chance.ReplaceAllString(text, "*")] = true
}

// render formats a value, the elements of a set sorted.
func render(v tftypes.Value) string {
	if !v.IsKnown() || v.IsNull() {
		return v.String()
	}
	switch v.Type().(type) {
	case tftypes.Object, tftypes.Map:
		fields := map[string]tftypes.Value{}
		if err := v.As(&fields); err != nil {
			panic(err)
		}
		var out []string
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			out = append(out, key+"="+render(fields[key]))
		}
		return "{" + strings.Join(out, " ") + "}"
	case tftypes.List, tftypes.Set:
		var elements []tftypes.Value
		if err := v.As(&elements); err != nil {
			panic(err)
		}
		var out []string
		for _, element := range elements {
			out = append(out, render(element))
		}
		if v.Type().Is(tftypes.Set{}) {
			slices.Sort(out)
		}
		return "[" + strings.Join(out, " ") + "]"
	}
	return v.String()
}

// asked records the requests to a provider.
type asked struct {
	tfprotov6.ProviderServer
	requests *requests
}

// GetProviderSchema keeps the schemas for decoding the requests.
func (a asked) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse,
	error) {
	resp, err := a.ProviderServer.GetProviderSchema(ctx, req)
	a.requests.mu.Lock()
	defer a.requests.mu.Unlock()
	if resp != nil {
		a.requests.schemas = resp.ResourceSchemas
	}
	return resp, err
}

// PlanResourceChange records and forwards.
func (a asked) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	a.requests.note("plan", req.TypeName, req.PriorState, req.ProposedNewState, req.Config)
	return a.ProviderServer.PlanResourceChange(ctx, req)
}

// ApplyResourceChange records and forwards.
func (a asked) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse,
	error) {
	a.requests.note("apply", req.TypeName, req.PriorState, req.PlannedState, req.Config)
	return a.ProviderServer.ApplyResourceChange(ctx, req)
}

// ReadResource records and forwards.
func (a asked) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	a.requests.note("read", req.TypeName, req.CurrentState)
	return a.ProviderServer.ReadResource(ctx, req)
}

// life returns an instance with all kinds of blocks on its own network; the step changes some in place and replaces others.
func life(step int) string {
	pick := func(values ...string) string { return values[min(step, len(values)-1)] }
	return fmt.Sprintf(`
locals {
  names = [%s]
}
resource "novasphere_compute_flavor" "it" {
  count       = length(local.names)
  name        = local.names[count.index]
  vcpus       = 1
  ram         = 1024
  disk        = count.index == 1 ? %s : 20
  extra_specs = { "quota:cpu_limit" = "%s" }
}
resource "novasphere_networking_network" "lab" {
  name     = "lab"
  segments {
    network_type    = "vlan"
    segmentation_id = 7
  }
}
resource "novasphere_networking_subnet" "lab" {
  name            = "lab"
  network_id      = novasphere_networking_network.lab.id
  cidr            = "10.0.0.0/24"
  dns_nameservers = [%s]
  allocation_pool {
    start = "10.0.0.10"
    end   = "10.0.0.%s"
  }
}
resource "novasphere_networking_port" "web" {
  name       = "web"
  network_id = novasphere_networking_network.lab.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.lab.id
    ip_address = "10.0.0.20"
  }
}
data "novasphere_networking_network" "public" {
  name = "public"
}
resource "novasphere_compute_instance" "web" {
  count       = %s
  name        = "web-${count.index}"
  flavor_id   = novasphere_compute_flavor.it[0].id
  image_name  = "debian-12"
  wait_for_ip = "0s"
  metadata    = { tier = "%s" }
  tags        = [%s]
  network {
    port = novasphere_networking_port.web.id
  }
  network {
    uuid = data.novasphere_networking_network.public.id
  }
}
`, pick(`"m1.one"`, `"m1.one", "m1.two"`), pick("20", "20", "30"), pick("1000", "1000", "2000"), pick(``, `"10.0.0.2"`),
		pick("99", "99", "88"), pick("1", "1", "1", "0"), pick("a", "b"), pick(`"x"`, `"x", "y"`))
}

// TestAccAsTerraform runs the same steps with a real Terraform and with Test, and compares all plan, apply and read requests: Test
// proposes what Terraform proposes.
func TestAccAsTerraform(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("it compares with a CLI")
	}
	run := func(test func(*testing.T, resource.TestCase)) map[string]bool {
		vc, r := acctest.Start(t, vcsim.Options{}), &requests{all: map[string]bool{}}
		steps := []resource.TestStep{{Config: vc.Config("", life(0))}, {Config: vc.Config("", life(1))}, {Config: vc.Config("", life(2))},
			{ResourceName: "novasphere_networking_port.web", ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{Config: vc.Config("", life(3))}}
		test(t, resource.TestCase{ProtoV6ProviderFactories: r.factories(), Steps: steps})
		return r.all
	}
	here, there := run(protocol.Test), run(func(t *testing.T, c resource.TestCase) { resource.Test(t, c) })
	for text := range there {
		if !here[text] {
			t.Errorf("only Terraform asks:\n%s", text)
		}
	}
	for text := range here {
		if !there[text] {
			t.Errorf("Terraform never asks:\n%s", text)
		}
	}
	if len(there) < 30 {
		t.Errorf("only %d requests were compared", len(there))
	}
}
