// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// novaServer is a server in the compute service's JSON.
type novaServer struct {
	ID             string                   `json:"id"`
	Name           string                   `json:"name"`
	Description    string                   `json:"description"`
	Project        string                   `json:"tenant_id"`
	Status         string                   `json:"status"`
	Created        time.Time                `json:"created"`
	Updated        time.Time                `json:"updated"`
	Image          json.RawMessage          `json:"image"` // "" if it boots from a volume
	Flavor         embedded                 `json:"flavor"`
	KeyPair        string                   `json:"key_name"`
	Metadata       map[string]string        `json:"metadata"`
	Tags           []string                 `json:"tags"`
	AccessIPv4     string                   `json:"accessIPv4"`
	AccessIPv6     string                   `json:"accessIPv6"`
	Addresses      map[string][]novaAddress `json:"addresses"`
	SecurityGroups []struct {
		Name string `json:"name"`
	} `json:"security_groups"`
	Zone        string `json:"OS-EXT-AZ:availability_zone"`
	Host        string `json:"OS-EXT-SRV-ATTR:host"`                // shown to administrators only
	Hypervisor  string `json:"OS-EXT-SRV-ATTR:hypervisor_hostname"` // shown to administrators only
	UserData    string `json:"OS-EXT-SRV-ATTR:user_data"`           // shown to administrators only
	ConfigDrive string `json:"config_drive"`
}

// embedded is the flavor as it was when the server was made; a cloud older than microversion 2.47 sends only its id.
type embedded struct {
	ID         string            `json:"id"`
	Name       string            `json:"original_name"`
	VCPUs      int64             `json:"vcpus"`
	RAM        int64             `json:"ram"`
	Disk       int64             `json:"disk"`
	Ephemeral  int64             `json:"ephemeral"`
	Swap       number            `json:"swap"`
	ExtraSpecs map[string]string `json:"extra_specs"`
}

type novaAddress struct {
	Address string `json:"addr"`
	Version int    `json:"version"`
	MAC     string `json:"OS-EXT-IPS-MAC:mac_addr"`
	Type    string `json:"OS-EXT-IPS:type"` // fixed or floating
}

// listServers lists the servers of every project, or those of the user's project if that is forbidden.
func (c *Client) listServers(ctx context.Context) ([]openstack.Server, error) {
	all, _, _, err := listCompute[novaServer](ctx, c, "servers/detail", "servers", url.Values{"all_tenants": {"1"}})
	if isStatus(err, http.StatusForbidden) {
		c.own.Store(true)
		all, _, _, err = listCompute[novaServer](ctx, c, "servers/detail", "servers", url.Values{})
	}
	if err != nil {
		return nil, err
	}
	out := make([]openstack.Server, len(all))
	for i, s := range all {
		out[i] = s.server()
	}
	return out, nil
}

// server converts s to an openstack.Server.
func (s novaServer) server() openstack.Server {
	var image struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(s.Image, &image) // fails if the server boots from a volume
	data, err := base64.StdEncoding.DecodeString(s.UserData)
	if err != nil {
		data = nil
	}
	f := s.Flavor
	out := openstack.Server{ID: s.ID, ServerSpec: openstack.ServerSpec{Name: s.Name, Description: s.Description, ImageID: image.ID,
		KeyPair: s.KeyPair, Metadata: s.Metadata, Tags: s.Tags, UserData: string(data),
		Flavor: openstack.Flavor{ID: f.ID, Name: f.Name, VCPUs: f.VCPUs, RAM: f.RAM, Disk: f.Disk, Ephemeral: f.Ephemeral,
			Swap: int64(f.Swap), ExtraSpecs: f.ExtraSpecs}, PowerState: strings.ToLower(s.Status), NICs: s.nics(),
		ConfigDrive: s.ConfigDrive == "True", Zone: s.Zone, Hypervisor: s.Hypervisor},
		ServerStatus: openstack.ServerStatus{AccessIPv4: s.AccessIPv4, AccessIPv6: s.AccessIPv6, VCPUs: f.VCPUs, RAM: f.RAM, Disk: f.Disk,
			Host: s.Host, Project: s.Project, Created: s.Created, Updated: s.Updated}}
	for _, g := range s.SecurityGroups {
		if !slices.Contains(out.SecurityGroups, g.Name) {
			out.SecurityGroups = append(out.SecurityGroups, g.Name)
		}
	}
	return out
}

// nics derives the server's NICs from its addresses, grouped by network and MAC address. Floating addresses are not configured on a NIC.
func (s novaServer) nics() (out []openstack.NIC) {
	for _, name := range slices.Sorted(maps.Keys(s.Addresses)) {
		first := len(out)
		for _, a := range s.Addresses[name] {
			i := first + slices.IndexFunc(out[first:], func(n openstack.NIC) bool { return n.MAC == a.MAC })
			if i < first {
				i = len(out)
				out = append(out, openstack.NIC{NetworkName: name, MAC: a.MAC})
			}
			switch {
			case a.Type == "floating":
			case a.Version == 6:
				out[i].IPv6 = append(out[i].IPv6, a.Address)
			default:
				out[i].IPv4 = append(out[i].IPv4, a.Address)
			}
		}
	}
	return out
}
