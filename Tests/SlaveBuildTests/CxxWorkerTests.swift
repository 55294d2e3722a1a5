import Foundation
import Inventory
import Testing

@testable import SlaveBuild

/// A worker in C++ implements the functions of the generated header, which have C linkage.
@Suite struct CxxWorkerTests {
    static let worker = """
        #include "sums.h"

        #include <numeric>
        #include <vector>

        bool sums_add(struct mrn_call *call, const Pair *pair, int32_t *result)
        {
            if (pair->left < 0)
                return mrn_fail(call, "%d is negative", pair->left);
            const std::vector<int> both{pair->left, pair->right};
            *result = std::accumulate(both.begin(), both.end(), 0);
            return true;
        }

        """

    /// Executes the operation once, as a slave's worker does.
    static let driver = """
        #include "sums.h"

        #include <cstdio>

        int main()
        {
            const uint8_t arguments[] = {0, 0, 0, 40, 0, 0, 0, 2};
            struct mrn_arena arena;
            struct mrn_reader in;
            struct mrn_writer out;
            struct mrn_call call = {};

            mrn_arena_init(&arena, 1 << 20, nullptr);
            call.arena = &arena;
            mrn_reader_init(&in, arguments, sizeof arguments, &arena);
            mrn_writer_init(&out, 64);
            if (mrn_execute(sums_application.procedures, &call, nullptr, &in, &out) != MRN_DONE)
                return 1;
            std::printf("%d of %zu bytes", out.bytes[3], out.count);
        }

        """

    @Test func `an operation in C++ is built, linked with its library and executed`() async throws {
        let target = "x86_64-linux-musl"
        let project = try Project()
        try project.write(Self.worker, to: "worker/add.cc")
        try project.write(Self.driver, to: "driver.cc")
        var build = try project.build(targets: [target])
        build.manifest.application?.worker = Manifest.Worker(
            language: .cxx, code: Code(sources: ["worker/add.cc"]))
        var printed = ""
        let products = try? await build.run(onEvent: { event in
            if case .finished(_, .failed(let output, _)) = event { printed += output }
        })
        let slave = try #require(products?.slaves.first, "\(printed)")
        #expect(try output(of: [slave.slave, "--identify"]).contains("application=Sums\n"))

        let objects = build.paths.object(target, "worker/add.cc")
        let directory = String(objects.dropLast("/worker/add.cc.o".count))
        let all = try FileManager.default.subpathsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".o") && !$0.hasSuffix("sums_main.c.o") }
            .map { "\(directory)/\($0)" }
        let zig = try #require(build.toolchains.values.first)
        let program = project.path("driver")
        _ = try output(
            of: [
                zig.path, "c++", "-target", target, "-static", "-std=c++17", "-o", program,
                "-I\(build.paths.stubs)", "-I\(build.data.slaveSources)/include",
                project.path("driver.cc"),
            ] + all)
        #expect(try output(of: [program]) == "42 of 4 bytes")
    }
}
