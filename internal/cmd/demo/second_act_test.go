// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// notOwn matches the blocks of an example that a test without a CLI brings itself, or does without.
var notOwn = regexp.MustCompile(`(?ms)^(terraform|provider "novasphere"|output "\w+") \{\n.*?^\}\n`)

// TestAccThreeTierOnNSX does what the demo does without a CLI, on the oldest NSX and the newest: beside another workspace ten instances,
// whose packets pass as the groups allow and are translated as the router does, empty plans, and nothing left but the other workspace.
func TestAccThreeTierOnNSX(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "9.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			vc := acctest.StartWithNSX(t, acctest.NSXOptions{Manager: nsxsim.Options{Version: version}})
			vars := map[string]string{"VSPHERE_SERVER": vc.Server(), "VSPHERE_USER": vc.User, "VSPHERE_PASSWORD": vc.Password,
				"NOVASPHERE_CA_FILE": vc.CAFile}
			config := func(text string) string { return vc.Config("routers = \"nsx\"\nsecurity_groups = \"nsx\"\n", text) }
			others := config(example(t, operator) + string(neighbour))
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: others, Check: func(*terraform.State) error {
						before, err := holdingsOf(t.Context(), vars, vc.NSX)
						if err != nil {
							return err
						}
						t.Run("example", func(t *testing.T) { //nolint:paralleltest // the other workspace is there as long as it runs
							applied(t, config(example(t, tiers)), vc.NSX)
						})
						after, err := holdingsOf(t.Context(), vars, vc.NSX)
						return errors.Join(err, after.same(before))
					}},
					{Config: others, PlanOnly: true},
				},
				CheckDestroy: acctest.Check(func() error {
					if left := vc.NSX.Left(); len(left) > 0 {
						t.Errorf("NSX still has %v", left)
					}
					return nil
				}),
			})
		})
	}
}

// example returns an example's resources and data sources.
func example(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../..", filepath.FromSlash(dir), "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	return notOwn.ReplaceAllString(string(text), "")
}

// applied applies the example, sends all packets through it, plans again, and destroys it.
func applied(t *testing.T, config string, n network) {
	t.Helper()
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: func(s *terraform.State) error {
				names, err := newAddresses(outputsIn(s))
				if err != nil {
					return err
				}
				router, err := routerNamed(n, "three-tier")
				if err != nil {
					return err
				}
				var page bytes.Buffer
				err = sendAll(&page, n, router, names)
				t.Log(page.String())
				return err
			}},
			{Config: config, PlanOnly: true},
		},
	})
}

// outputsIn returns what the example's outputs would be.
func outputsIn(s *terraform.State) map[string]map[string]string {
	of := func(address, attribute string) string {
		return s.RootModule().Resources[address].Primary.Attributes[attribute]
	}
	instances := map[string]string{}
	for address := range s.RootModule().Resources {
		if name, is := strings.CutPrefix(address, "novasphere_networking_port.instance."); is {
			instances[strings.Trim(name, `"`)] = of(address, "all_fixed_ips.0")
		}
	}
	return map[string]map[string]string{"addresses": instances, "outside": {
		"site":   of("novasphere_networking_floatingip.site", "address"),
		"ssh":    of("novasphere_networking_floatingip.ssh", "address"),
		"router": of("novasphere_networking_router.edge", "external_addresses.0")}}
}

// wire is a network that delivers as it is told.
type wire struct {
	network
	journeys map[trip]nsxsim.Journey
	names    addresses
}

func (w wire) Follow(_ string, p nsxsim.RoutedPacket) nsxsim.Journey {
	for t, j := range w.journeys {
		if w.names.ends[t.from] == p.Source && w.names.ends[t.to] == p.Destination && t.port == p.DestinationPort {
			return j
		}
	}
	return nsxsim.Journey{}
}

// TestSendAll: what becomes of each packet is compared whole, and its answer too.
func TestSendAll(t *testing.T) {
	t.Parallel()
	values := map[string]map[string]string{"addresses": {}, "outside": {"site": "203.0.113.1", "ssh": "203.0.113.2", "router": "203.0.113.3"}}
	for i, name := range []string{"web-0", "web-1", "db-0", "db-1", "db-2", "bastion"} {
		values["addresses"][name] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}).String()
	}
	names, err := newAddresses(values)
	if err != nil {
		t.Fatal(err)
	}
	promised := map[trip]nsxsim.Journey{}
	for _, t := range trips {
		j := nsxsim.Journey{Delivered: t.arrives.port > 0, Answered: t.arrives.port > 0}
		j.Arrives = nsxsim.RoutedPacket{Source: names.ends[t.arrives.from], Destination: names.ends[t.arrives.to],
			DestinationPort: t.arrives.port}
		promised[t] = j
	}
	var page bytes.Buffer
	if err := sendAll(&page, wire{journeys: promised, names: names}, "", names); err != nil {
		t.Error(err)
	}
	if rows := strings.Count(page.String(), "\n"); rows != len(trips)+6 || !strings.Contains(page.String(), "web-0:443") {
		t.Errorf("the table is\n%s", page.String())
	}
	for what, spoil := range map[string]func(trip, *nsxsim.Journey){
		"passes":        func(_ trip, j *nsxsim.Journey) { j.Delivered, j.Answered = true, true },
		"no answer":     func(_ trip, j *nsxsim.Journey) { j.Answered = false },
		"dropped":       func(_ trip, j *nsxsim.Journey) { j.Delivered, j.Answered = false, false },
		"another port":  func(t trip, j *nsxsim.Journey) { j.Arrives.DestinationPort = t.port + 1 },
		"another place": func(_ trip, j *nsxsim.Journey) { j.Arrives.Destination = netip.MustParseAddr("192.0.2.1") },
		"as it was":     func(t trip, j *nsxsim.Journey) { j.Arrives.Source = names.ends[t.from] },
	} {
		spoilt := maps.Clone(promised)
		for t, j := range spoilt {
			spoil(t, &j)
			spoilt[t] = j
		}
		if err := sendAll(&page, wire{journeys: spoilt, names: names}, "", names); err == nil {
			t.Errorf("%s is not told", what)
		}
	}
	delete(values["outside"], "ssh")
	if _, err := newAddresses(values); err == nil {
		t.Error("an output without an address is no demo")
	}
}

// TestHoldings: what is new, gone or changed is named.
func TestHoldings(t *testing.T) {
	t.Parallel()
	before := holdings{"a": "1", "b": "2"}
	for want, after := range map[string]holdings{"": {"a": "1", "b": "2"}, "a was 1": {"a": "2", "b": "2"}, "b is gone": {"a": "1"},
		"c is still there": {"a": "1", "b": "2", "c": "3"}} {
		err := after.same(before)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
