// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/cpuid_policy.h"

namespace suture::hv {
namespace {

using x86::CpuidResult;

constexpr uint32_t vendorLeaf = 0x00000000;
constexpr uint32_t featureLeaf = 0x00000001;
constexpr uint32_t monitorLeaf = 0x00000005;
constexpr uint32_t structuredLeaf = 0x00000007;
constexpr uint32_t hypervisorLeaf = 0x40000000;
constexpr uint32_t hypervisorTimeLeaf = 0x40000010;
constexpr uint32_t extendedLeaf = 0x80000000;
constexpr uint32_t extendedFeatureLeaf = 0x80000001;
constexpr uint32_t svmLeaf = 0x8000000a;
/// Last leaf of each range that guests see.
constexpr uint32_t lastBasicLeaf = 0x0000000d;
constexpr uint32_t lastExtendedLeaf = 0x80000008;

/// Fn0000_0001 ECX: MONITOR (3), x2APIC (21), TSC deadline (24), XSAVE (26), OSXSAVE (27), AVX
/// (28), F16C (29): nothing here emulates or switches them. FMA (12) needs AVX.
constexpr uint32_t hiddenFeaturesEcx =
    1u << 3 | 1u << 12 | 1u << 21 | 1u << 24 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 29;
/// Fn0000_0001 EDX: MCE (7), APIC (9), MTRR (12), MCA (14).
constexpr uint32_t hiddenFeaturesEdx = 1u << 7 | 1u << 9 | 1u << 12 | 1u << 14;
/// Fn0000_0001 ECX: a hypervisor is present.
constexpr uint32_t hypervisorPresent = 1u << 31;
/// Fn8000_0001 ECX: SVM (2), extended APIC space (3), SKINIT (12), XOP (11), FMA4 (16).
constexpr uint32_t hiddenExtendedEcx = 1u << 2 | 1u << 3 | 1u << 11 | 1u << 12 | 1u << 16;
/// Fn8000_0001 EDX: MCE, APIC, MTRR, MCA again, and RDTSCP (27), whose intercept emulators get
/// wrong.
constexpr uint32_t hiddenExtendedEdx = hiddenFeaturesEdx | 1u << 27;
/// Fn0000_0007 EBX: AVX2 (5), INVPCID (10), all of AVX-512.
constexpr uint32_t visibleStructuredEbx =
    1u << 0 | 1u << 3 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 18 | 1u << 19 | 1u << 20 | 1u << 23;

/// Fn0000_0001: the machine's features without those that guests cannot have.
CpuidResult visibleFeatures(CpuidResult machine, uint32_t vcpu) {
  machine.eax &= 0x0fffffff;
  // One processor a package; the initial APIC id is the virtual CPU's number.
  machine.ebx = (machine.ebx & 0x0000ffff) | 1u << 16 | vcpu << 24;
  machine.ecx = (machine.ecx & ~hiddenFeaturesEcx) | hypervisorPresent;
  machine.edx &= ~hiddenFeaturesEdx;
  return machine;
}

/// Fn4000_0000: the last leaf of the range and the name; Fn4000_0010: rates in kHz, as Xen, VMware
/// and KVM have them.
CpuidResult hypervisorAnswer(const CpuidQuery &query) {
  if (query.leaf == hypervisorLeaf)
    return {hypervisorTimeLeaf, 0x75747553, 0x75536572, 0x65727574}; // "SutureSuture"
  if (query.leaf == hypervisorTimeLeaf)
    return {query.tscKhz, 0, 0, 0};
  return {};
}

constexpr bool isHypervisorLeaf(uint32_t leaf) { return (leaf & 0xffffff00) == hypervisorLeaf; }

/// Whether the leaf exists for guests at all.
constexpr bool isVisible(uint32_t leaf) {
  if (leaf == monitorLeaf || leaf == svmLeaf)
    return false;
  return leaf <= lastBasicLeaf || (leaf >= extendedLeaf && leaf <= lastExtendedLeaf);
}

} // namespace

CpuidResult guestCpuid(const CpuidQuery &query, CpuidReader machine) {
  if (isHypervisorLeaf(query.leaf))
    return hypervisorAnswer(query);
  if (!isVisible(query.leaf))
    return {};
  CpuidResult answer = machine(query.leaf, query.subleaf);
  switch (query.leaf) {
  case vendorLeaf:
    answer.eax = lastBasicLeaf;
    break;
  case featureLeaf:
    answer = visibleFeatures(answer, query.vcpu);
    break;
  case structuredLeaf:
    answer = {0, query.subleaf == 0 ? answer.ebx & visibleStructuredEbx : 0, 0, 0};
    break;
  case lastBasicLeaf:
    answer = {};
    break;
  case extendedLeaf:
    answer.eax = lastExtendedLeaf;
    break;
  case extendedFeatureLeaf:
    answer.ecx &= ~hiddenExtendedEcx;
    answer.edx &= ~hiddenExtendedEdx;
    break;
  default: // as the machine has it
    break;
  }
  return answer;
}

} // namespace suture::hv
