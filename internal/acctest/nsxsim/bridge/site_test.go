// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// trusting verifies the manager's certificate against the one that it is said to have.
func trusting(t *testing.T, authority []byte) *http.Transport {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		t.Fatal("it has no certificate")
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
}

// atOnce are no delays, but that an automatic port stays until time is let pass.
var atOnce = nsxsim.Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1, Detach: -1, Vanish: time.Hour}

// site is an NSX and a vCenter that are joined, with a client of each.
type site struct {
	*testing.T
	nsx    *nsxsim.Manager
	client *http.Client
	v      *vcsim.VCenter
	find   *find.Finder
	bridge *Bridge
	said   []error
}

func open(t *testing.T, vo vcsim.Options, o Options) *site {
	t.Helper()
	v, err := vcsim.Start(vo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	s := &site{T: t, v: v, nsx: nsxsim.Start(t, nsxsim.Options{Delays: atOnce})}
	s.client = &http.Client{Transport: trusting(t, s.nsx.CertificatePEM())}
	o.Report = func(err error) { s.said = append(s.said, err) }
	s.bridge = Join(s.nsx, v, o)
	t.Cleanup(s.bridge.Close)
	c, err := v.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.find = find.NewFinder(c.Client, false)
	dc, err := s.find.Datacenter(t.Context(), v.Datacenter(1))
	if err != nil {
		t.Fatal(err)
	}
	s.find.SetDatacenter(dc)
	return s
}

// ask has NSX answer a request, which is to succeed.
func (s *site) ask(method, path, body string) map[string]any {
	s.Helper()
	status, answer := s.try(method, path, body)
	if status >= 300 {
		s.Fatalf("%s %s: %d: %v", method, path, status, answer)
	}
	return answer
}

func (s *site) try(method, path, body string) (status int, answer map[string]any) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.nsx.URL()+"/policy/api/v1"+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.SetBasicAuth(s.nsx.User, s.nsx.Password)
	response, err := s.client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil {
		s.Fatal(err)
	} else if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			s.Fatal(err)
		}
	}
	return response.StatusCode, answer
}

// segment makes one in the overlay.
func (s *site) segment(id string) {
	s.Helper()
	s.ask("PUT", "/infra/segments/"+id, fmt.Sprintf(`{"display_name":%q,"transport_zone_path":%q}`, id, nsxsim.OverlayZone))
}

// shown are the networks of a name, in any datacenter.
func (s *site) shown(name string) []object.NetworkReference {
	s.Helper()
	var all []object.NetworkReference
	for _, dc := range []string{"dc1", "dc2"} {
		found, err := s.find.NetworkList(s.Context(), "/"+dc+"/network/"+name)
		if err == nil {
			all = append(all, found...)
		}
	}
	return all
}

// onBlue are changes that give a machine a NIC on the segment blue.
func (s *site) onBlue(attachment string) []types.BaseVirtualDeviceConfigSpec {
	s.Helper()
	body := s.ask("GET", "/infra/realized-state/realized-entities?intent_path=/infra/segments/blue", "")
	entity := body["results"].([]any)[0].(map[string]any)
	nic := &types.VirtualVmxnet3{}
	nic.Key, nic.ExternalId = -1, attachment
	nic.Backing = &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkType: "nsx.LogicalSwitch",
		OpaqueNetworkId: entity["realization_specific_identifier"].(string)}
	return []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add", Device: nic}}
}

// machine makes one with a NIC.
func (s *site) machine(name string, nics []types.BaseVirtualDeviceConfigSpec) (*object.VirtualMachine, error) {
	s.Helper()
	pool, err := s.find.ResourcePool(s.Context(), "compute/Resources")
	if err != nil {
		s.Fatal(err)
	}
	folder, err := s.find.Folder(s.Context(), "vm")
	if err != nil {
		s.Fatal(err)
	}
	task, err := folder.CreateVM(s.Context(), types.VirtualMachineConfigSpec{Name: name, DeviceChange: nics,
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}, pool, nil)
	if err != nil {
		return nil, err
	}
	info, err := task.WaitForResult(s.Context())
	if err != nil {
		return nil, err
	}
	return object.NewVirtualMachine(pool.Client(), info.Result.(types.ManagedObjectReference)), nil
}

func (s *site) must(vm *object.VirtualMachine, err error) *object.VirtualMachine {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	return vm
}

func (s *site) destroy(vm *object.VirtualMachine) {
	s.Helper()
	task, err := vm.Destroy(s.Context())
	if err == nil {
		err = task.Wait(s.Context())
	}
	if err != nil {
		s.Fatal(err)
	}
}

// state is that of what is plugged into a port.
func (s *site) state(port string) any {
	s.Helper()
	body := s.ask("GET", port+"/state", "")
	attachment, _ := body["attachment"].(map[string]any)
	return attachment["state"]
}
