// SPDX-License-Identifier: MPL-2.0

// Package dvs keeps networks on a distributed switch of vSphere: a network is a portgroup, and subnets, ports and their addresses are
// records in a VM for each network.
package dvs
