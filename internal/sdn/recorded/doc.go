// SPDX-License-Identifier: MPL-2.0

// Package recorded keeps what network backends share on a vCenter, as records: subnets, ports and their addresses, security groups,
// routers, and the law about them. A backend embeds it, and adds what its network does.
package recorded
