// SPDX-License-Identifier: MPL-2.0

package openstack

// VolumeType is a kind of storage that volumes can have: a storage policy of vSphere.
type VolumeType struct {
	ID          string // the policy's
	Name        string
	Description string
	Rules       map[string]string // what the policy asks for, for example VSAN.hostFailuresToTolerate
}
