// SPDX-License-Identifier: MPL-2.0

package guests

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
	"gopkg.in/yaml.v3"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// metadata is what cloud-init's VMware data source takes from guestinfo.metadata, as far as vCenter sees its effect.
type metadata struct {
	hostname   string
	configured bool // there is a network configuration
	ethernets  map[string]*ethernet
}

// ethernet is one interface of a network configuration, version 2.
type ethernet struct {
	Match struct {
		MAC string `yaml:"macaddress"`
	} `yaml:"match"`
	Addresses   []string `yaml:"addresses"`
	DHCP4       bool     `yaml:"dhcp4"`
	Nameservers struct {
		Addresses []string `yaml:"addresses"`
		Search    []string `yaml:"search"`
	} `yaml:"nameservers"`
}

// readMetadata reads what a machine's extraConfig holds. What cannot be read counts as not there: the guest would boot
// with its defaults.
func readMetadata(options []types.BaseOptionValue) metadata {
	raw := decoded(base.OptionText(options, "guestinfo.metadata"), base.OptionText(options, "guestinfo.metadata.encoding"))
	var m struct {
		LocalHostname string    `yaml:"local-hostname"`
		Hostname      string    `yaml:"hostname"`
		Network       yaml.Node `yaml:"network"`
		Encoding      string    `yaml:"network.encoding"`
	}
	if yaml.Unmarshal(raw, &m) != nil {
		return metadata{}
	}
	told := metadata{hostname: base.FirstOf(m.LocalHostname, m.Hostname), configured: !m.Network.IsZero()}
	type network struct {
		Ethernets map[string]*ethernet `yaml:"ethernets"`
	}
	var n struct {
		network `yaml:",inline"`
		Inner   network `yaml:"network"`
	}
	if m.Network.Kind == yaml.ScalarNode {
		_ = yaml.Unmarshal(decoded(m.Network.Value, m.Encoding), &n)
	} else if told.configured {
		_ = m.Network.Decode(&n)
	}
	if told.ethernets = n.Ethernets; told.ethernets == nil {
		told.ethernets = n.Inner.Ethernets
	}
	return told
}

// ethernet finds the part about a NIC: by its address, or by its place among those that match none.
func (m metadata) ethernet(i int, mac string) *ethernet {
	var unmatched []string
	for name, e := range m.ethernets {
		switch {
		case e == nil:
		case e.Match.MAC == "":
			unmatched = append(unmatched, name)
		case strings.EqualFold(e.Match.MAC, mac):
			return e
		}
	}
	slices.Sort(unmatched)
	if i < len(unmatched) {
		return m.ethernets[unmatched[i]]
	}
	return nil
}

// decoded undoes the encodings that guestinfo values may have.
func decoded(value, encoding string) []byte {
	if encoding == "" {
		return []byte(value)
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return nil
	}
	switch encoding {
	case "base64", "b64":
		return plain
	case "gzip+base64", "gz+b64":
		zip, err := gzip.NewReader(bytes.NewReader(plain))
		if err != nil {
			return nil
		}
		plain, _ = io.ReadAll(io.LimitReader(zip, 4*base.MiB))
		return plain
	}
	return nil
}
