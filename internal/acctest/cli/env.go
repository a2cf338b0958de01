// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreign are the prefixes of variables that configure Terraform, the provider or its tests. Those of the caller's shell must not reach a
// run against the simulator, least of all the address of a real vCenter or NSX.
var foreign = []string{"TF_", "VSPHERE_", "NSXT_", "NOVASPHERE_", "GOVC_", "OS_"}

// Clean returns env without the variables that configure Terraform or the provider.
func Clean(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(kv, prefix) })
	})
}

// AcceptanceEnv returns the variables that terraform-plugin-testing needs to run this CLI. It writes an empty CLI configuration into dir,
// because without one tofu prints a warning where the test framework expects a version number.
func (c CLI) AcceptanceEnv(dir string) ([]string, error) {
	config := filepath.Join(dir, "empty.tfrc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return nil, err
	}
	return join(map[string]string{
		"TF":                        c.Path, // for programs that choose a CLI themselves, as Find does
		"TF_ACC":                    "1",
		"TF_ACC_TERRAFORM_PATH":     c.Path,
		"TF_ACC_PROVIDER_HOST":      c.Host(),
		"TF_ACC_PROVIDER_NAMESPACE": Namespace,
		"TF_CLI_CONFIG_FILE":        config,
		"CHECKPOINT_DISABLE":        "1",
	}), nil
}

func join(vars map[string]string) []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}
