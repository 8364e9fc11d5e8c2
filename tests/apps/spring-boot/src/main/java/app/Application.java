package app;

import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An app that tells what it was given, and uses its database where it has one. */
@SpringBootApplication(exclude = DataSourceAutoConfiguration.class)
@RestController
public class Application {
    private final ObjectProvider<DataSource> database;

    Application(ObjectProvider<DataSource> database) {
        this.database = database;
    }

    /** Spring makes its data source from the properties alone: without a URL there is none. */
    @Configuration
    @ConditionalOnProperty("spring.datasource.url")
    @Import(DataSourceAutoConfiguration.class)
    static class Database {}

    @GetMapping("/postgresql")
    Map<String, Object> useDatabase() {
        String question = "SELECT current_user::text AS who, current_database()::text AS place";
        return new JdbcTemplate(database.getObject()).queryForMap(question);
    }

    @GetMapping("/")
    String greet() {
        return "Spring Boot is here\n";
    }

    @GetMapping("/env")
    Map<String, String> environment() {
        return System.getenv();
    }

    @GetMapping("/healthz")
    String isWell() {
        return "";
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }
}
