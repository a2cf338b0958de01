// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Keys of an instance's extraConfig. None begins with guestinfo., where the guest itself can write.
const (
	// UnfinishedKey is on a VM from its clone until all is done that must precede its first start and no clone call can do.
	UnfinishedKey = "novasphere.unfinished"
	// RecordKey holds an instance's Record.
	RecordKey = "novasphere.server"
)

// Record is what was asked for and cannot be read off the VM. The flavor is embedded, as in Nova: an instance keeps what it was made
// with when the flavor's record changes or goes.
type Record struct {
	Schema      int               `json:"schema"`
	Flavor      openstack.Flavor  `json:"flavor"`
	ImageID     string            `json:"image_id"`
	ImageName   string            `json:"image_name"`
	Properties  map[string]string `json:"properties,omitempty"`
	KeyPair     string            `json:"key_pair,omitempty"`
	Description string            `json:"description,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	NICs        []openstack.NIC   `json:"nics,omitempty"`
	Disks       []openstack.Disk  `json:"disks,omitempty"`
	UserDataSum string            `json:"user_data_sha256,omitempty"`
	Updated     time.Time         `json:"updated"`

	BlockDevices   []openstack.BlockDevice `json:"block_device,omitempty"`
	ConfigDrive    bool                    `json:"config_drive,omitempty"`
	PersonalitySum string                  `json:"personality_sha256,omitempty"`
	SecurityGroups []string                `json:"security_groups,omitempty"`
	Clock          openstack.Clock         `json:"clock,omitzero"`
	Shelved        bool                    `json:"shelved,omitempty"` // off, and shelved
	Zone           string                  `json:"zone,omitempty"`    // as asked for, with a host where one was named; empty: nova
	HideUserData   bool                    `json:"user_data_write_only,omitempty"`
	HideFiles      bool                    `json:"personality_write_only,omitempty"`
}

// RecordOf returns the record of an instance.
func RecordOf(s openstack.Server) Record {
	r := Record{Schema: records.Schema, Flavor: s.Flavor, ImageID: s.ImageID, ImageName: s.ImageName, Properties: s.Properties,
		KeyPair: s.KeyPair, Description: s.Description, Metadata: s.Metadata, Tags: s.Tags, NICs: s.NICs, Disks: s.Disks, Updated: s.Updated,
		UserDataSum: s.UserDataSum, BlockDevices: s.BlockDevices, ConfigDrive: s.ConfigDrive, PersonalitySum: s.PersonalitySum,
		SecurityGroups: s.SecurityGroups, Clock: s.Clock, Shelved: s.PowerState == openstack.Shelved,
		HideUserData: s.HideUserData, HideFiles: s.HideFiles}
	if s.Zone != inventory.DefaultZone {
		r.Zone = s.Zone
	}
	if s.UserData != "" {
		r.UserDataSum = SumOf(s.UserData)
	}
	if len(s.Personality) > 0 {
		r.PersonalitySum = openstack.SumFiles(s.Personality)
	}
	return r
}

// SumOf returns a text's SHA-256, in hex.
func SumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Text encodes the record for RecordKey.
func (r Record) Text() string {
	raw, _ := json.Marshal(r) // strings and numbers only
	return string(raw)
}

// Fingerprint returns a hash of what was asked for. Equal configurations have equal ones.
func Fingerprint(s openstack.Server) string {
	nets := make([]string, len(s.NICs))
	for i, nic := range s.NICs {
		nets[i] = nic.NetworkID
	}
	raw, _ := json.Marshal([]any{s.Name, s.Flavor.Name, s.ImageID, s.KeyPair, s.Description, s.Metadata, s.Tags, nets, s.UserData,
		s.BlockDevices, s.ConfigDrive, openstack.SumFiles(s.Personality), s.SecurityGroups})
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// errForeign is returned for a VM without a record of this provider's. It can be imported all the same.
var errForeign = errors.New("it has no record of an instance")
