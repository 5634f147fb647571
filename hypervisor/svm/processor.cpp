// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/svm/processor.h"

#include "hypervisor/memory/layout.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

#include <cstring>

namespace suture::hv::svm {
namespace {

constexpr uint32_t extendedFeatures = 0x80000001;
constexpr uint32_t extendedFeaturesSvm = 1u << 2;
constexpr uint32_t svmFeatures = 0x8000000a;
constexpr uint32_t svmFeaturesNestedPaging = 1u << 0;
constexpr uint32_t svmFeaturesNextRip = 1u << 3;
constexpr uint64_t vmCrDisable = 1u << 4;

} // namespace

std::expected<void, SvmError> Processor::enable(PageAllocator &pages) {
  if ((x86::cpuid(extendedFeatures).ecx & extendedFeaturesSvm) == 0)
    return std::unexpected{SvmError::NotSupported};
  if ((x86::readMsr(x86::msr::vmCr) & vmCrDisable) != 0)
    return std::unexpected{SvmError::Disabled};
  const auto features = x86::cpuid(svmFeatures);
  if ((features.edx & svmFeaturesNestedPaging) == 0)
    return std::unexpected{SvmError::NoNestedPaging};
  asidCount_ = features.ebx;
  hasNextRip_ = (features.edx & svmFeaturesNextRip) != 0;

  const auto hostSave = pages.allocate(0);
  const auto hostState = pages.allocate(0);
  if (!hostSave || !hostState)
    return std::unexpected{SvmError::NoMemory};
  std::memset(layout::direct<void>(*hostState), 0, pageSize);
  hostState_ = *hostState;
  x86::writeMsr(x86::msr::efer, x86::readMsr(x86::msr::efer) | x86::efer::svmEnable);
  x86::writeMsr(x86::msr::vmHsavePa, hostSave->value);
  asm volatile("vmsave" : : "a"(hostState_.value) : "memory");
  return {};
}

} // namespace suture::hv::svm
