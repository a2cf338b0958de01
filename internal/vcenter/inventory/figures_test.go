// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/session"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// TestFiguresOfNova builds the inventory against which Nova's driver was recorded, and compares the figures. The size of the datastore
// was that of the recording machine, and is not in the recording.
func TestFiguresOfNova(t *testing.T) {
	t.Parallel()
	all := recordings.All(t)
	i := slices.IndexFunc(all, func(r recordings.Recording) bool { return r.Name == "181-host-state" })
	if i < 0 {
		t.Skip("these recordings say nothing of a host's state")
	}
	for _, step := range all[i].Steps {
		if step.Returns == nil || step.Returns.Resource == nil {
			continue
		}
		got := recordedNode(t)
		want := step.Returns.Resource
		// The managed object id and the vCenter's UUID differ between inventories; the way the name is built from them does not.
		shape := regexp.MustCompile(`^domain-c[0-9]+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
		if !shape.MatchString(got.Hostname) || !slices.ContainsFunc(step.Returns.Nodes, shape.MatchString) ||
			want["hypervisor_hostname"] != step.Returns.Nodes[0] {
			t.Errorf("the node is called %s, and was %v", got.Hostname, step.Returns.Nodes)
		}
		for key, have := range map[string]any{
			"vcpus": got.VCPUs, "memory_mb": got.MemoryMB, "memory_mb_used": got.MemoryMBUsed, "hypervisor_type": got.Type,
			"hypervisor_version": got.Version,
		} {
			if number, ok := want[key].(float64); ok && have != int64(number) || !ok && have != want[key] {
				t.Errorf("%s is %v, and was %v", key, have, want[key])
			}
		}
		if want["cpu_info"] != nil || got.CPUInfo != "" {
			t.Errorf("cpu_info is %q, and was %v", got.CPUInfo, want["cpu_info"])
		}
		if want["vcpus_used"] != 0.0 || got.VCPUsUsed != 0 { // the driver leaves it to Nova; no VM runs in this inventory
			t.Errorf("vcpus_used is %d, and was %v", got.VCPUsUsed, want["vcpus_used"])
		}
		return
	}
	t.Error("the recording has no host state")
}

// recordedNode reads the one cluster of an inventory like the recorded one, the way a plan does.
func recordedNode(t *testing.T) openstack.Hypervisor {
	t.Helper()
	model := simulator.VPX()
	model.Host, model.ClusterHost, model.Machine = 0, 2, 0
	if err := model.Create(); err != nil {
		t.Fatal(err)
	}
	defer model.Remove()
	server := model.Service.NewServer()
	defer server.Close()
	client, err := govmomi.NewClient(t.Context(), server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	dc, err := find.NewFinder(client.Client).DefaultDatacenter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	folders, err := dc.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := wire.New(session.Config{}, func() {}).RetrieveAll(t.Context(), client.Client, nodeSpecs(folders.HostFolder.Reference()))
	if err != nil {
		t.Fatal(err)
	}
	seen, err := decodeNodes(objects)
	if err != nil {
		t.Fatal(err)
	}
	all, err := seen.hypervisors(Config{}, client.ServiceContent.About)
	if err != nil || len(all) != 3 || all[0].IsHost || !all[1].IsHost {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// Figures computed by hand.
func TestClusterFigures(t *testing.T) {
	t.Parallel()
	const size = 128 * gib
	big := esx{threads: 64, cores: 32, packages: 2, model: "A", memory: size, used: 8000, connected: true, running: 2, runningCPUs: 6}
	small := esx{threads: 8, cores: 8, packages: 1, model: "B", memory: 4294430720, used: 1404, connected: true}
	resting, away := big, big
	resting.maintenance, away.connected, away.used = true, false, 0
	both := resting
	both.connected = false
	for name, one := range map[string]struct {
		hosts  []esx
		stores []space
		want   openstack.Hypervisor
	}{
		"nothing": {nil, nil, openstack.Hypervisor{State: "down", Status: "enabled"}},
		"threads unlike cores": {[]esx{big}, nil,
			openstack.Hypervisor{State: "up", Status: "enabled", VCPUs: 64, VCPUsUsed: 6, MemoryMB: 131072, MemoryMBUsed: 8000, RunningVMs: 2}},
		"mixed hosts": {[]esx{big, small}, nil,
			openstack.Hypervisor{State: "up", Status: "enabled", VCPUs: 72, VCPUsUsed: 6, MemoryMB: 131072 + 4095, MemoryMBUsed: 9404,
				RunningVMs: 2}},
		"each rounded down by itself": {[]esx{small, small}, nil,
			openstack.Hypervisor{State: "up", Status: "enabled", VCPUs: 16, MemoryMB: 8190, MemoryMBUsed: 2808}},
		"one in maintenance": {[]esx{resting, small}, nil,
			openstack.Hypervisor{State: "up", Status: "enabled", VCPUs: 8, VCPUsUsed: 6, MemoryMB: 4095, MemoryMBUsed: 1404, RunningVMs: 2}},
		"one disconnected": {[]esx{away, small}, nil,
			openstack.Hypervisor{State: "up", Status: "enabled", VCPUs: 8, VCPUsUsed: 6, MemoryMB: 4095, MemoryMBUsed: 1404, RunningVMs: 2}},
		"all in maintenance": {[]esx{resting}, nil,
			openstack.Hypervisor{State: "up", Status: "disabled", DisabledReason: "every connected host of the cluster is in maintenance mode",
				VCPUsUsed: 6, RunningVMs: 2}},
		"all disconnected": {[]esx{away, both}, nil, openstack.Hypervisor{State: "down", Status: "enabled", VCPUsUsed: 12, RunningVMs: 4}},
		"the emptiest datastore alone": {nil, []space{{8 * gib, 1 * gib}, {4 * gib, 3*gib + 1}, {2 * gib, 2 * gib}},
			openstack.Hypervisor{State: "down", Status: "enabled", LocalGB: 4, LocalGBUsed: 1}},
		"rounded down before they are subtracted": {nil, []space{{10*gib + gib/2, 5*gib + gib*3/4}},
			openstack.Hypervisor{State: "down", Status: "enabled", LocalGB: 10, LocalGBUsed: 5}},
		"the first of those alike": {nil, []space{{9 * gib, 3 * gib}, {5 * gib, 3 * gib}},
			openstack.Hypervisor{State: "down", Status: "enabled", LocalGB: 9, LocalGBUsed: 6}},
		"a datastore that is full": {nil, []space{{9 * gib, 0}}, openstack.Hypervisor{State: "down", Status: "enabled"}},
	} {
		if got := clusterFigures(one.hosts, one.stores); got != one.want {
			t.Errorf("%s: %+v, want %+v", name, got, one.want)
		}
	}
}

func TestHostFigures(t *testing.T) {
	t.Parallel()
	host := esx{threads: 64, cores: 32, packages: 2, model: "Xeon \"9\"", memory: 128*gib + 1, used: 8000, connected: true, running: 1,
		runningCPUs: 4}
	want := openstack.Hypervisor{IsHost: true, State: "up", Status: "enabled", VCPUs: 64, VCPUsUsed: 4, MemoryMB: 131072, MemoryMBUsed: 8000,
		RunningVMs: 1, LocalGB: 4, LocalGBUsed: 3}
	got := hostFigures(host, []space{{4 * gib, gib}})
	var info struct {
		Model    string
		Topology struct{ Sockets, Cores, Threads int64 }
	}
	if err := json.Unmarshal([]byte(got.CPUInfo), &info); err != nil || info.Model != host.model || fmt.Sprint(info.Topology) != "{2 16 2}" {
		t.Errorf("%s: %v", got.CPUInfo, err)
	}
	if got.CPUInfo = ""; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	// In maintenance or disconnected, the host keeps its figures; its state and status show that nothing can be placed on it.
	host.maintenance, host.connected = true, false
	got = hostFigures(host, nil)
	if got.State != "down" || got.Status != "disabled" || got.DisabledReason == "" || got.VCPUs != 64 {
		t.Errorf("%+v", got)
	}
	if got := hostFigures(esx{}, nil); got.VCPUs != 0 || !strings.Contains(got.CPUInfo, `"cores":0`) {
		t.Errorf("a host that shows nothing: %+v", got)
	}
}
