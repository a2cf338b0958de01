// SPDX-License-Identifier: MPL-2.0

// Package nsx keeps networks on NSX: a network is a segment, and a port is a segment port that is made before its NIC. Subnets, ports and
// their addresses are the records that all backends share; NSX carries them out.
package nsx
